import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { openRedisStore, type RedisSettings } from '@stateful-route/adapter-redis';
import {
  type Executors,
  type Reason,
  type ReasonWord,
  silentLogger,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import { REASON_WORDS } from '@stateful-route/core/adapter';
import { type RedisServer, startCluster, startRedis, until } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStatefulRoute, type Explanation, type StatefulRoute } from '../../src/index.ts';

/** A store that several processes share. */
interface SharedStore {
  /** Executors of a process of its own. */
  connect(): Executors;
  /** Loses all data, while connections stay. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

const kinds: readonly [string, () => Promise<SharedStore>][] = [
  [
    'in memory',
    async () => {
      const executors = createMemoryExecutors();
      const lose = async (): Promise<void> => executors.faults.lose('everything');
      return { connect: () => executors, lose, stop: () => executors.close() };
    },
  ],
  [
    'on a Redis',
    async () => {
      const server = await startRedis();
      return redisStore({ url: server.url }, [server], () => server.stop());
    },
  ],
  [
    'on a Redis Cluster',
    async () => {
      const { nodes, stop } = await startCluster({ replicas: 0 });
      return redisStore({ cluster: nodes.map(({ host, port }) => `${host}:${port}`) }, nodes, stop);
    },
  ],
];

function redisStore(
  settings: RedisSettings,
  servers: readonly RedisServer[],
  stop: () => Promise<void>,
): SharedStore {
  const opened: ReturnType<typeof openRedisStore>[] = [];
  return {
    connect: () => {
      const store = openRedisStore(settings, { logger: silentLogger });
      opened.push(store);
      return store.executors;
    },
    lose: async () => {
      await Promise.all(servers.map(({ client }) => client.flushall()));
    },
    stop: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await stop();
    },
  };
}

/** Two pods of a namespace of its own, and callers. */
interface Scene {
  readonly namespace: string;
  readonly store: SharedStore;
  /** What operators' programs use. */
  readonly executors: Executors;
  readonly pods: readonly StatefulRoute<StatefulRouteForServerDriver>[];
  /** A caller that has just started, and remembers nobody. */
  caller(): Promise<StatefulRoute<undefined>>;
  explain(): Promise<Explanation>;
}

interface Case {
  readonly why: ReasonWord;
  readonly by?: string;
  /** What happens to ada, who has no link before. It ends with a link to pod 1. */
  readonly happens: (scene: Scene) => Promise<unknown>;
  /** What `explain` says of it; `<at>` is the time. */
  readonly because: string;
  /** A placement has its time only once the pod has claimed the user. */
  readonly claims?: false;
}

const save = (): void => {};

const cases: readonly Case[] = [
  {
    why: 'placed',
    claims: false,
    happens: async ({ pods, caller }) => {
      await pods[0]!.server.setRoutingState('DENY_NEW_CALL');
      await (await caller()).service('room').locate('ada');
    },
    because: 'A caller placed ada on pod 1.',
  },
  {
    why: 'placed',
    happens: async ({ pods, caller }) => {
      await pods[0]!.server.setRoutingState('DENY_NEW_CALL');
      await (await caller()).service('room').locate('ada');
      await pods[1]!.server.claim('ada');
    },
    because: 'A caller placed ada on pod 1 at <at>.',
  },
  {
    why: 'claimed',
    happens: ({ pods }) => pods[1]!.server.claim('ada'),
    because: 'Pod 1 claimed ada at <at>, whose link did not name it.',
  },
  {
    why: 'relinked',
    happens: async ({ namespace, pods, caller }) => {
      const first = await caller();
      await first.client.setLinkedPodIfAbsent(namespace, 'ada', 'room', 0);
      await pods[0]!.server.setRoutingState('DENY_NEW_CALL');
      await (await caller()).service('room').locate('ada');
    },
    because:
      'A caller moved ada to pod 1 at <at>, as the pod before took no new users or could not be reached.',
  },
  {
    why: 'taken-over',
    happens: async ({ pods, caller }) => {
      await pods[0]!.server.claim('ada');
      await pods[0]!.server.setServiceState('FAILED');
      await (await caller()).service('room').locate('ada');
      await pods[1]!.server.claim('ada');
    },
    because: 'A caller took ada over to pod 1 at <at>, as the lease of the pod before was over.',
  },
  {
    why: 'handed-over',
    happens: async ({ pods }) => {
      await pods[0]!.server.claim('ada');
      expect(await pods[0]!.server.handOff(['ada'], { onHandOff: save, to: 1 })).toEqual({
        left: 0,
        unsaved: [],
      });
    },
    because: 'The pod before handed ada over to pod 1 at <at>.',
  },
  {
    why: 'moved',
    by: 'kim',
    happens: async ({ namespace, executors, pods, explain }) => {
      await pods[0]!.server.claim('ada');
      pods[0]!.server.onHandOff(save);
      const until = (await explain()).storeTime + 60_000;
      const order = { id: 'one', kind: 'move', uid: 'ada', to: 1, until, by: 'kim' } as const;
      await executors.server.giveOrder(namespace, 'room', 0, order);
    },
    because: 'ada was moved to pod 1 at <at>, by order of kim.',
  },
  {
    why: 'forced',
    happens: async ({ namespace, pods }) => {
      await pods[0]!.server.claim('ada');
      await pods[1]!.server.setLinkedPod(namespace, 'ada', 'room', 1);
    },
    because: 'ada was linked to pod 1 by force at <at>.',
  },
  {
    why: 'forced',
    by: 'kim',
    happens: async ({ namespace, executors, pods }) => {
      await pods[0]!.server.claim('ada');
      await executors.stateful.setLinkedPod(namespace, 'ada', 'room', 1, 60, { by: 'kim' });
    },
    because: 'ada was linked to pod 1 by force at <at>, by order of kim.',
  },
  {
    why: 'restored',
    happens: async ({ store, pods }) => {
      await pods[1]!.server.claim('ada');
      await store.lose();
    },
    because: 'Pod 1 restored its claim of ada at <at>, as the store had lost it.',
  },
];

it('there is a case for each way', () => {
  expect(new Set(cases.map(({ why }) => why))).toEqual(new Set(REASON_WORDS));
});

describe.each(kinds)('%s explain tells how a user came to a pod', (_, open) => {
  let store: SharedStore;
  const running: StatefulRoute<StatefulRouteForServerDriver | undefined>[] = [];
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.stop());
  afterEach(async () => {
    await Promise.all(running.splice(0).map((route) => route.stop({ signal: AbortSignal.abort() })));
  });

  async function scene(): Promise<Scene> {
    const namespace = uniqueNamespace();
    // A pod learns with its next heartbeat that the store is empty.
    const config = { heartbeatSeconds: 0.3, leaseSeconds: 3, stateRefreshMs: 300 };
    const room = { namespace, serviceName: 'room', config, logger: silentLogger };
    const pods = [0, 1].map((podId) => createStatefulRoute({ ...room, podId, executors: store.connect() }));
    running.push(...pods);
    for (const pod of pods) await pod.start();
    const caller = async (): Promise<StatefulRoute<undefined>> => {
      const route = createStatefulRoute({ ...room, executors: store.connect() });
      running.push(route);
      await route.start();
      return route;
    };
    const looker = await caller();
    return {
      namespace,
      store,
      executors: store.connect(),
      pods,
      caller,
      explain: () => looker.routeInfo.explain(namespace, 'ada', 'room'),
    };
  }

  it.each(cases)('$because', async ({ why, by, happens, because, claims = true }) => {
    const here = await scene();
    const { storeTime: before, link: none } = await here.explain();
    expect(none).toBeUndefined();
    await happens(here);
    const read = await until(`ada is on pod 1, ${why}`, async () => {
      const explained = await here.explain();
      return explained.link?.podId === 1 && explained.link.reason && explained;
    });
    const reason: Reason = read.link!.reason!;
    expect({ why: reason.why, by: reason.by }).toEqual({ why, by });
    if (claims) {
      expect(reason.at).toBeGreaterThanOrEqual(before);
      expect(reason.at).toBeLessThanOrEqual(read.storeTime);
    } else expect(reason.at).toBeUndefined();
    expect(read.because).toBe(because.replace('<at>', new Date(reason.at ?? 0).toISOString()));
  });
});
