import { setTimeout as sleep } from 'node:timers/promises';
import { between, type History, type RedisServer, type TcpProxy } from '@stateful-route/harness';
import type { SoakPod } from './soak-pod.ts';

/** What faults may use. */
interface Breakable {
  readonly server: RedisServer;
  readonly pods: readonly SoakPod[];
  readonly callers: readonly TcpProxy[];
  readonly history: History;
  readonly random: () => number;
  /** Steps the wall clocks of pods and callers. */
  readonly stepClock: (ms: number) => void;
}

/** A fault that ends itself. */
export type Fault = (at: Breakable) => Promise<void>;

const HOUR_MS = 3_600_000;

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function onWire(damage: (proxy: TcpProxy) => void): Fault {
  return async ({ pods, callers, random }) => {
    const proxy = pick(random, [...pods.map((pod) => pod.proxy), ...callers]);
    damage(proxy);
    await sleep(between(random, 100, 3_000));
    proxy.pass();
  };
}

/** Runs faults of the server one after the other, as a killed server cannot be paused. */
function alone(fault: Fault): Fault {
  return (at) => {
    const turn = (turns.get(at.server) ?? Promise.resolve()).then(() => fault(at));
    turns.set(
      at.server,
      turn.catch(() => {}),
    );
    return turn;
  };
}

const turns = new WeakMap<RedisServer, Promise<void>>();

/** All faults of the soak, by name. */
export const faults: Readonly<Record<string, Fault>> = {
  'a wire is a black hole': onWire((proxy) => proxy.blackhole()),
  'a wire holds requests': onWire((proxy) => proxy.hold()),
  'replies are lost': onWire((proxy) => proxy.dropReplies()),
  'a connection is cut at a reply': onWire((proxy) => proxy.cutOnReply()),
  'connections are refused': onWire((proxy) => proxy.refuse()),
  'all wires are black holes': async ({ pods, callers, random }) => {
    const all = [...pods.map((pod) => pod.proxy), ...callers];
    for (const proxy of all) proxy.blackhole();
    await sleep(between(random, 500, 3_000));
    for (const proxy of all) proxy.pass();
  },
  'the server is stopped': alone(async ({ server, random }) => {
    server.pause();
    await sleep(between(random, 100, 2_500));
    server.resume();
  }),
  'the scripts are flushed': async ({ server, random }) => {
    for (let times = 0; times < 20; times++) {
      await server.client.script('FLUSH').catch(() => {});
      await sleep(between(random, 5, 50));
    }
  },
  'everything is flushed': ({ server, history }) =>
    history.losing(() => server.client.flushall()).then(() => {}),
  'the server is killed, and comes back empty': alone(({ server, history, random }) =>
    history.losing(async () => {
      await server.kill();
      await sleep(between(random, 0, 2_000));
      await server.restart();
    }),
  ),
  'memory is full': async ({ server, random }) => {
    await server.client.config('SET', 'maxmemory', '1');
    await sleep(between(random, 100, 2_500));
    await server.client.config('SET', 'maxmemory', '0');
  },
  'the wall clock steps': async ({ stepClock, random }) => {
    stepClock(pick(random, [-HOUR_MS, 0, HOUR_MS]));
  },
  'a pod is restarted': ({ pods, random }) => pick(random, pods).restart(),
};
