import { isRouteError, type Logger } from '@stateful-route/core';
import { checkUid } from '@stateful-route/core/adapter';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { AgentPod, PodSettings } from '../pod/agent-pod.ts';
import { access } from './access.ts';
import { eventStream } from './event-stream.ts';
import {
  bodyOf,
  checkClaimBody,
  checkDrainBody,
  checkOutcomeBody,
  checkPodBody,
  type ClaimBody,
  type DrainBody,
  type HandOffOutcome,
  namedIn,
} from './request-rules.ts';

/** When a refused request may be sent again, in seconds. */
const RETRY_AFTER = '1';

/** Codes of errors that pass by themselves. */
const passing: ReadonlySet<string> = new Set([
  'FENCED',
  'NOT_RUNNING',
  'STORE_ERROR',
  'TIMEOUT',
  'POD_NOT_AVAILABLE',
  'SERVICE_NOT_READY',
]);

/** The answer to a probe. */
interface ProbeAnswer {
  readonly problems: readonly string[];
}

/** What the API depends on. */
export interface AgentApiParts {
  readonly pod: AgentPod;
  readonly logger: Logger;
  /** Who does not send this token is refused; `undefined`: the socket's own mode protects it. */
  readonly token: string | undefined;
  readonly ready: () => ProbeAnswer;
  readonly live: () => ProbeAnswer;
  /** The metrics in Prometheus' text format; `undefined`: there are none. */
  readonly metrics: (() => Promise<string>) | undefined;
}

/** The local HTTP API of an agent. */
export function agentApi({ pod, logger, token, ready, live, metrics }: AgentApiParts): Hono {
  const app = new Hono();
  app.use(access(token));

  app.post('/v1/users/:uid/claim', async (c) => {
    const uid = namedIn(c, 'uid');
    checkUid(uid);
    const { minToken } = await bodyOf<ClaimBody>(c, checkClaimBody);
    const { claimed, ...answer } = await pod.claim(uid, minToken);
    if (claimed === true) return c.json(answer);
    if (claimed === false) return c.json(answer, 409);
    c.header('retry-after', RETRY_AFTER);
    return c.json({ error: 'The pod is fenced.', code: 'FENCED' }, 503);
  });

  app.delete('/v1/users/:uid', async (c) => {
    const uid = namedIn(c, 'uid');
    checkUid(uid);
    return c.json({ released: await pod.release(uid) });
  });

  app.get('/v1/users', (c) => c.json({ users: pod.users() }));

  app.put('/v1/pod', async (c) => {
    await pod.set(await bodyOf<PodSettings>(c, checkPodBody));
    return c.body(null, 204);
  });

  app.get('/v1/events', (c) => {
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    // Nobody reads the stream of a HEAD, so nobody would end it.
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const stream = eventStream(pod, () => logger.warn({}, 'the subscriber read too slowly, and was cut off'));
    if (!stream) return c.json({ error: 'There is a subscriber already.' }, 409);
    return c.body(stream, 200, headers);
  });

  app.post('/v1/hand-offs/:id', async (c) => {
    const { failed } = await bodyOf<HandOffOutcome>(c, checkOutcomeBody);
    if (pod.handOffs.acknowledge(namedIn(c, 'id'), failed)) return c.body(null, 204);
    return c.json({ error: 'No such hand-off waits: it has ended, or its time was over.' }, 404);
  });

  app.post('/v1/drain', async (c) => c.json(await pod.drain(await bodyOf<DrainBody>(c, checkDrainBody))));

  for (const [path, probe] of [
    ['/readyz', ready],
    ['/livez', live],
  ] as const) {
    app.get(path, (c) => {
      const { problems } = probe();
      return c.json({ problems }, problems.length === 0 ? 200 : 503);
    });
  }

  app.get('/metrics', async (c) =>
    metrics ? c.text(await metrics()) : c.json({ error: 'There are none.' }, 404),
  );

  app.notFound((c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}.` }, 404));
  app.onError((error, c) => {
    if (isRouteError(error, 'INVALID_PARAMETER'))
      return c.json({ error: error.message, code: error.code }, 400);
    if (isRouteError(error) && passing.has(error.code)) {
      c.header('retry-after', RETRY_AFTER);
      return c.json({ error: error.message, code: error.code }, 503);
    }
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    logger.error({ err: error, path: c.req.path }, 'a request to the agent failed');
    return c.json({ error: 'The agent failed; its log says why.' }, 500);
  });
  return app;
}
