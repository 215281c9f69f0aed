import type { Clock, JournalType, Logger } from '@stateful-route/core';
import {
  checkUid,
  invalidParameter,
  JOURNAL_TYPES,
  POD_ID_MAX,
  type StoreInspector,
} from '@stateful-route/core/adapter';
import { type Context, Hono } from 'hono';
import type { ConsoleInfo, DesiredReplicas, JournalList, PodList, ServiceList } from '../api/types.ts';
import type { Hubs } from '../hub/hubs.ts';
import { podRows, type Place } from '../read/service-reading.ts';
import { summaryOf } from '../read/summary.ts';
import { rebalanceDetails, scaleInDetails } from '../views/plans.ts';
import { podDetails } from '../views/pod-details.ts';
import { canFindUsers, podUsers, type PodUsersSearch } from '../views/pod-users.ts';
import { rolloutDetails } from '../views/rollout-details.ts';
import { userDetails } from '../views/user-details.ts';
import type { ApiEnv } from './access.ts';
import { eventStream, type Sink, STREAM_HEADERS } from './event-stream.ts';
import { describe, Failure } from './failure.ts';
import { rate, wholeNumber } from './request-rules.ts';

const JOURNAL_LIMIT = 200;
const JOURNAL_LIMIT_MAX = 1_000;
const KEYS_PER_SECOND_MAX = 1_000_000;

/** What the reading part of the API depends on. */
export interface ReadRoutesParts extends Place {
  readonly hubs: Hubs;
  readonly inspector: Pick<StoreInspector, 'scanLinks'> | undefined;
  readonly keysPerSecond: number;
  readonly readOnly: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The reading part of the API. */
export function readRoutes(parts: ReadRoutesParts): Hono<ApiEnv> {
  const { hubs, namespace, executors } = parts;
  const app = new Hono<ApiEnv>();

  app.get('/console', async (c) => {
    const { who, may } = c.get('visitor');
    const services = await hubs.names();
    return c.json({
      namespace,
      services,
      who,
      mayAct: may === 'act' && !parts.readOnly,
    } satisfies ConsoleInfo);
  });

  app.get('/services', async (c) => {
    const services = await Promise.all(
      (await hubs.names()).map(async (name) => {
        const hub = await hubs.of(name);
        return summaryOf(name, (await hub.current()).read);
      }),
    );
    return c.json({ services } satisfies ServiceList);
  });

  app.get('/services/:service', async (c) => c.json(await (await hubs.of(c.req.param('service'))).live()));

  app.get('/services/:service/pods', async (c) => {
    const service = c.req.param('service');
    const reading = await (await hubs.of(service)).current();
    const { storeTime } = reading.read;
    return c.json({ service, storeTime, pods: podRows(reading) } satisfies PodList);
  });

  app.get('/services/:service/pods/:podId', async (c) => {
    const { service, podId } = podOf(c);
    const hub = await hubs.of(service);
    const details = await podDetails(parts, service, podId, await hub.current(), hub.podSeries(podId));
    if (details) return c.json(details);
    throw new Failure('NOT_FOUND', `${service} has no pod ${podId}.`);
  });

  app.get('/services/:service/pods/:podId/users', async (c) => {
    const { service: serviceName, podId } = podOf(c);
    const { read } = await (await hubs.of(serviceName)).current();
    const given = wholeNumber(c.req.query('keysPerSecond'), 'keysPerSecond', 1, KEYS_PER_SECOND_MAX);
    const gone = new AbortController();
    const search: PodUsersSearch = {
      ...parts,
      serviceName,
      podId,
      read,
      keysPerSecond: given ?? parts.keysPerSecond,
      signal: gone.signal,
    };
    if (!read.pods.has(podId)) throw new Failure('NOT_FOUND', `${serviceName} has no pod ${podId}.`);
    if (!canFindUsers(search)) {
      throw new Failure('NOT_FOUND', 'The users of a pod without a roster cannot be listed in this store.');
    }
    return stream(c, (sink) => {
      void pump(search, sink);
      return () => gone.abort(new Error('Whoever looked has gone.'));
    });
  });

  app.get('/services/:service/user', async (c) => {
    const service = c.req.param('service');
    await hubs.of(service);
    const uid = c.req.query('uid');
    checkUid(uid);
    const not = wholeNumber(c.req.query('not'), 'not', 0, POD_ID_MAX);
    return c.json(await userDetails(parts, service, uid!, not));
  });

  app.get('/services/:service/journal', async (c) => {
    const service = c.req.param('service');
    await hubs.of(service);
    const { after, uid } = c.req.query();
    const types = journalTypes(c.req.query('types'));
    const podId = wholeNumber(c.req.query('podId'), 'podId', 0, POD_ID_MAX);
    const limit = wholeNumber(c.req.query('limit'), 'limit', 1, JOURNAL_LIMIT_MAX) ?? JOURNAL_LIMIT;
    const page = await executors.server.readJournal(namespace, service, { after, uid, podId, types, limit });
    return c.json({ ...page, types: JOURNAL_TYPES } satisfies JournalList);
  });

  app.get('/services/:service/rollout', async (c) => {
    const service = c.req.param('service');
    const hub = await hubs.of(service);
    const { read } = await hub.current();
    return c.json(await rolloutDetails(parts, service, read, hub.rollout));
  });

  app.get('/services/:service/scale-in', async (c) => {
    const service = c.req.param('service');
    const { read } = await (await hubs.of(service)).current();
    const replicas = wholeNumber(c.req.query('replicas'), 'replicas', 0, POD_ID_MAX);
    if (replicas === undefined) throw invalidParameter('replicas', 'must be given');
    const ratePerSecond = rate(c.req.query('ratePerSecond'), 'ratePerSecond');
    return c.json(scaleInDetails(namespace, service, read, replicas, ratePerSecond));
  });

  app.get('/services/:service/desired-replicas', async (c) => {
    const service = c.req.param('service');
    await hubs.of(service);
    const workload = await executors.stateful.getWorkloadState(namespace, service);
    return c.json({ service, desiredReplicas: workload?.desiredReplicas } satisfies DesiredReplicas);
  });

  app.get('/services/:service/rebalance', async (c) => {
    const service = c.req.param('service');
    const hub = await hubs.of(service);
    const { read } = await hub.current();
    return c.json(rebalanceDetails(service, read, hub.rollout));
  });

  app.get('/events', async (c) => {
    const service = c.req.query('service');
    if (service === undefined) throw invalidParameter('service', 'must be given');
    const hub = await hubs.of(service);
    const lastEventId = c.req.header('last-event-id');
    return stream(c, (sink) => hubs.join(hub, sink, lastEventId));
  });

  return app;

  /** Sends what a search finds. */
  async function pump(search: PodUsersSearch, sink: Sink): Promise<void> {
    try {
      for await (const event of podUsers(search)) sink.send(event);
    } catch (error) {
      if (!search.signal.aborted) sink.send({ name: 'failed', data: { error: describe(error) } });
    }
    sink.end();
  }
}

/** Nobody reads the stream of a HEAD, so nobody would end it. */
function stream(c: Context, start: (sink: Sink) => () => void): Response {
  return new Response(c.req.method === 'HEAD' ? null : eventStream(start), { headers: STREAM_HEADERS });
}

/** The pod that a path names. */
function podOf(c: Context): { readonly service: string; readonly podId: number } {
  const podId = wholeNumber(c.req.param('podId'), 'podId', 0, POD_ID_MAX)!;
  return { service: c.req.param('service')!, podId };
}

function journalTypes(text: string | undefined): readonly JournalType[] | undefined {
  const types = text?.split(',').filter((type) => type !== '');
  const unknown = types?.find((type) => !(JOURNAL_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) throw invalidParameter('types', `must be of ${JOURNAL_TYPES.join(', ')}`);
  return types as readonly JournalType[] | undefined;
}
