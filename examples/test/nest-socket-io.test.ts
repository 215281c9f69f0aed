import { setTimeout } from 'node:timers/promises';
import { testRedis, type TestRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import type { Match } from '../nest-socket-io/match.gateway.ts';
import { ChildProgram } from './child-program.ts';

const WITHIN = { timeout: 60_000, interval: 50 };
const TEST_WITHIN_MS = 240_000;

const namespace = uniqueNamespace();
const children: ChildProgram[] = [];
let redis: TestRedis;
let edge: ChildProgram;
let pods: ChildProgram[];

// Each test goes on with the fleet of the test before, in matches of its own: programs take long to start.
beforeAll(async () => {
  redis = await testRedis();
  [edge, ...pods] = await Promise.all([start('edge.ts'), startPod(0), startPod(1)]);
}, TEST_WITHIN_MS);
afterAll(async () => {
  await Promise.all(children.map((child) => child.kill()));
  await redis?.stop();
});

async function start(program: string, env: Readonly<Record<string, string>> = {}): Promise<ChildProgram> {
  const child = await ChildProgram.spawn(`nest-socket-io/${program}`, {
    REDIS_URL: redis.url,
    POD_NAMESPACE: namespace,
    ...env,
  });
  children.push(child);
  await vi.waitFor(async () => {
    expect(child.report()).toMatchObject({ ending: undefined });
    expect((await fetch(`${child.url}/readyz`)).status).toBe(200);
  }, WITHIN);
  return child;
}

const startPod = (ordinal: number): Promise<ChildProgram> =>
  start('main.ts', { POD_NAME: `match-${ordinal}` });

/** Ends a pod as Kubernetes does, and waits until it is gone. */
async function terminate(pod: ChildProgram): Promise<void> {
  pod.signal('SIGTERM');
  await vi.waitFor(() => expect(pod.report().ending).toBe('SIGTERM'), WITHIN);
}

/** Plays a match until it is told to stop: scores one goal after the other, and sends each until it is acknowledged. */
class Player {
  readonly socket: Socket;
  /** What each acknowledgement said: how many goals count. */
  readonly acknowledged: number[] = [];
  /** Of each connection. */
  readonly sessions: string[] = [];
  scored = 0;
  #match: Match | undefined;

  constructor(
    url: string,
    match: string,
    readonly name: string,
    transports: string[],
  ) {
    this.socket = io(url, {
      transports,
      query: { match },
      // The client sends again what was not acknowledged, in order.
      retries: 1_000,
      ackTimeout: 2_000,
      reconnectionDelay: 10,
      reconnectionDelayMax: 100,
      forceNew: true,
    });
    onTestFinished(() => void this.socket.disconnect());
    this.socket.on('connect', () => this.sessions.push(this.socket.id ?? ''));
    this.socket.on('match', (state: Match) => {
      this.#match = state;
    });
  }

  get shown() {
    return this.#match?.players[this.name];
  }

  /** Resolves when the goal is acknowledged. */
  score(): Promise<void> {
    const goal = { player: this.name, number: ++this.scored };
    return new Promise((resolve) => {
      this.socket.emit('goal', goal, (_error: unknown, goals: number) => {
        this.acknowledged.push(goals);
        resolve();
      });
    });
  }

  async playUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.score();
      await setTimeout(20);
    }
  }
}

/** Each goal counted once, in order: the acknowledgements say how many there were. */
async function expectEachGoalOnce({ name, acknowledged, scored }: Player): Promise<void> {
  await vi.waitFor(() => expect(acknowledged.length, `${name}: goals acknowledged`).toBe(scored), WITHIN);
  expect(acknowledged).toEqual(Array.from({ length: scored }, (_, at) => at + 1));
}

const podsOf = async (matches: readonly string[]): Promise<Set<string | null>> => {
  const client = new Redis(redis.url);
  try {
    return new Set(await client.mget(matches.map((match) => `sf:{${namespace}:lk:${match}}match`)));
  } finally {
    client.disconnect();
  }
};

const transports = { polling: ['polling'], websocket: ['websocket'], both: ['polling', 'websocket'] };
const kinds = Object.values(transports);

it.each(Object.entries(transports))(
  'keeps the players of a match together by %s',
  async (name, kind) => {
    const players = ['ada', 'bob', 'cyd'].map((player) => new Player(edge.url, `by-${name}`, player, kind));
    for (const player of players) {
      for (let goal = 0; goal < 5; goal++) void player.score();
    }
    for (const player of players) await expectEachGoalOnce(player);
    for (const player of players) {
      await vi.waitFor(() => expect(player.shown).toEqual({ goals: 5, last: 5 }), WITHIN);
      expect(player.sessions).toHaveLength(1);
    }
  },
  TEST_WITHIN_MS,
);

it(
  'goes on while each pod is replaced: no goal is lost or counted twice',
  async () => {
    const matches = Array.from({ length: 8 }, (_, nth) => `replaced-${nth}`);
    const players = matches.flatMap((match) =>
      kinds.map((kind) => new Player(edge.url, match, `${match}-${kind.join('-')}`, kind)),
    );
    for (const player of players) void player.score();
    for (const player of players) {
      await vi.waitFor(() => expect(player.acknowledged).toEqual([1]), WITHIN);
    }
    expect(await podsOf(matches)).toEqual(new Set(['0', '1']));

    let isOver = false;
    const played = Promise.all(players.map((player) => player.playUntil(() => isOver)));
    try {
      for (const [ordinal, pod] of pods.entries()) {
        await terminate(pod);
        expect(await podsOf(matches)).toEqual(new Set([String(1 - ordinal)]));
        pods[ordinal] = await startPod(ordinal);
      }
    } finally {
      isOver = true;
    }
    await played;
    for (const player of players) await expectEachGoalOnce(player);
    for (const { sessions } of players) expect(sessions.length).toBeGreaterThan(1);
  },
  TEST_WITHIN_MS,
);

it(
  'is there again, as it was saved, when all pods have ended',
  async () => {
    const player = new Player(edge.url, 'again', 'ada', transports.both);
    void player.score();
    void player.score();
    await expectEachGoalOnce(player);
    await Promise.all(pods.map(terminate));
    void player.score();
    pods = [await startPod(2)];
    await expectEachGoalOnce(player);
    await vi.waitFor(() => expect(player.shown).toEqual({ goals: 3, last: 3 }), WITHIN);
  },
  TEST_WITHIN_MS,
);
