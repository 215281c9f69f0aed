import {
  type Check,
  checkPodId,
  checkRate,
  checkUid,
  optionsCheck,
  POD_ID_MAX,
  POD_INTENTS,
} from '@stateful-route/core/adapter';
import type { SteeredUser } from '@stateful-route/driver';
import { Hono } from 'hono';
import { type ActionEnd, kick, move, pin, unlink, unquarantine } from '../actions/user-actions.ts';
import type { ActionResult, IntentRequest, MoveRequest, UserRequest } from '../api/types.ts';
import type { Hubs } from '../hub/hubs.ts';
import type { Place } from '../read/service-reading.ts';
import { type ApiEnv, onlyActors } from './access.ts';
import { Failure } from './failure.ts';
import { bodyOf, wholeNumber } from './request-rules.ts';

/** What the acting part of the API depends on. */
export interface ActionRoutesParts extends Place {
  readonly hubs: Hubs;
  readonly readOnly: boolean;
}

type UserAction = (user: SteeredUser, to: number) => Promise<ActionEnd>;

const checkUser: Check = optionsCheck<UserRequest>({ uid: checkUid }, { required: ['uid'] });
const checkMove: Check = optionsCheck<MoveRequest>(
  { uid: checkUid, to: checkPodId },
  { required: ['uid', 'to'] },
);

/** What each action on a user does. */
const USER_ACTIONS: Readonly<Record<string, { readonly act: UserAction; readonly check: Check }>> = {
  unlink: { act: unlink, check: checkUser },
  unquarantine: { act: unquarantine, check: checkUser },
  kick: { act: kick, check: checkUser },
  move: { act: move, check: checkMove },
  pin: { act: pin, check: checkMove },
  unpin: { act: (user) => pin(user, undefined), check: checkUser },
};

const checkDrain: Check = optionsCheck<IntentRequest>({ ratePerSecond: checkRate });
const checkNothing: Check = optionsCheck<Record<never, never>>({});

const DONE = {
  cordon: 'takes no new users, and keeps those it has',
  drain: 'takes no new users, and hands its own over',
  resume: 'takes new users',
} as const;

/** The acting part of the API: POST alone. */
export function actionRoutes({ executors, namespace, hubs, readOnly }: ActionRoutesParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const guard = onlyActors(readOnly);

  for (const intent of POD_INTENTS) {
    app.post(`/services/:service/pods/:podId/${intent}`, guard, async (c) => {
      const service = c.req.param('service');
      const podId = wholeNumber(c.req.param('podId'), 'podId', 0, POD_ID_MAX)!;
      const check = intent === 'drain' ? checkDrain : checkNothing;
      const { ratePerSecond } = await bodyOf<IntentRequest>(c.req.raw, check);
      const { read } = await (await hubs.of(service)).current();
      if (!read.pods.has(podId)) throw new Failure('NOT_FOUND', `${service} has no pod ${podId}.`);
      const { who: by } = c.get('visitor');
      await executors.server.setPodIntent(namespace, service, podId, intent, { ratePerSecond, by });
      const rate = ratePerSecond === undefined ? '' : `, ${ratePerSecond} a second`;
      const sentence = `${service}-${podId} ${DONE[intent]}${rate}, from its next heartbeat on.`;
      return c.json({ sentence, by } satisfies ActionResult);
    });
  }

  for (const [name, frozen] of [
    ['freeze', true],
    ['unfreeze', false],
  ] as const) {
    app.post(`/services/:service/${name}`, guard, async (c) => {
      const service = c.req.param('service');
      await hubs.of(service);
      await bodyOf(c.req.raw, checkNothing);
      const { who: by } = c.get('visitor');
      const hasChanged = await executors.server.setFrozen(namespace, service, frozen, { by });
      const was = hasChanged ? '' : ' already';
      const sentence = frozen
        ? `Nobody of ${service} is${was} moved to even it out, until it is unfrozen.`
        : `Users of ${service} are${was} moved to even it out, where it is configured.`;
      return c.json({ sentence, by } satisfies ActionResult);
    });
  }

  for (const [name, { act, check }] of Object.entries(USER_ACTIONS)) {
    app.post(`/services/:service/user/${name}`, guard, async (c) => {
      const serviceName = c.req.param('service');
      await hubs.of(serviceName);
      const { uid, to } = await bodyOf<UserRequest & Partial<MoveRequest>>(c.req.raw, check);
      const { who: by } = c.get('visitor');
      const end = await act({ executors, namespace, serviceName, uid, by }, to!);
      if (end.refused === undefined) return c.json(end);
      throw new Failure(end.refused === 'not found' ? 'NOT_FOUND' : 'REFUSED', end.sentence);
    });
  }

  return app;
}
