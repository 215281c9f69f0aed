import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { startRedis, until } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { measureMoves } from '../documents-lab/moves.ts';
import { Writer } from '../documents-lab/writer.ts';
import { DocumentStorage } from '../hocuspocus/document-storage.ts';
import { ChildProgram } from './child-program.ts';

/** Three pods end and start, on a busy machine. */
const MOVES_WITHIN_MS = 300_000;
const WITHIN_MS = 180_000;
const SLOW = { withinMs: 60_000, everyMs: 50 };

describe('nobody notices a move', () => {
  it.each([0, 200, 1_000])(
    'no mark is lost or doubled while each pod ends in turn; a save takes %i ms',
    async (saveMs) => {
      const { moves, gapMs, left } = await measureMoves({ saveMs, everyMs: 200 });
      expect(moves).toBeGreaterThanOrEqual(60);
      expect(gapMs.max).toBeLessThan(60_000);
      expect(left.acknowledged).toBeGreaterThan(0);
      expect(left.saved).toBe(left.acknowledged);
    },
    MOVES_WITHIN_MS,
  );
});

async function servers(): Promise<{ redis: string; storage: string }> {
  const started = [await startRedis(), await startRedis()] as const;
  onTestFinished(async () => {
    for (const server of started) await server.stop();
  });
  return { redis: started[0].url, storage: started[1].url };
}

async function startProgram(
  program: string,
  env: Readonly<Record<string, string>>,
  isReady: (child: ChildProgram) => Promise<boolean>,
): Promise<ChildProgram> {
  const child = await ChildProgram.spawn(program, env);
  onTestFinished(() => child.kill());
  await until(`${program} is ready`, () => isReady(child), SLOW);
  return child;
}

const startPod = (env: Readonly<Record<string, string>>): Promise<ChildProgram> =>
  startProgram('hocuspocus/main.ts', env, async ({ url }) => (await fetch(`${url}/readyz`)).ok);

/** Answers requests without a document itself. */
const startGateway = (redis: string): Promise<ChildProgram> =>
  startProgram(
    'documents-lab/gateway-main.ts',
    { REDIS_URL: redis },
    async ({ url }) => (await fetch(url)).status === 400,
  );

describe('the programs', () => {
  it(
    'main.ts hands its documents over on SIGTERM, with all that was acknowledged',
    async () => {
      const { redis, storage } = await servers();
      const env = { REDIS_URL: redis, STORAGE_URL: storage, POD_NAMESPACE: 'game' };
      const gateway = await startGateway(redis);
      const first = await startPod({ ...env, POD_NAME: 'document-0' });
      const url = gateway.url.replace('http', 'ws');
      const writers = [0, 1].map(
        (each) => new Writer({ url, document: 'notes', name: `writer-${each}`, everyMs: 20 }),
      );
      onTestFinished(() => {
        for (const writer of writers) writer.leave();
      });
      await until('both are connected', () => writers.every((writer) => writer.isSynced), SLOW);
      for (const writer of writers) writer.start();
      await until('both write', () => writers.every((writer) => writer.written.length > 10), SLOW);

      await startPod({ ...env, POD_NAME: 'document-1' });
      first.signal('SIGTERM');
      await until('the pod ends', () => first.report().ending !== undefined, SLOW);
      expect(first.report()).toMatchObject({ ending: 0 });
      await until('both have moved', () => writers.every((writer) => writer.gaps.length > 0), SLOW);
      for (const writer of writers) writer.pause();
      const written = writers.flatMap((one) => one.written).toSorted();
      await expect.poll(() => writers.map((writer) => writer.marks().toSorted())).toEqual([written, written]);
    },
    WITHIN_MS,
  );

  it(
    'a connection gets no document but its own',
    async () => {
      const { redis, storage } = await servers();
      const gateway = await startGateway(redis);
      await startPod({
        REDIS_URL: redis,
        STORAGE_URL: storage,
        POD_NAMESPACE: 'game',
        POD_NAME: 'document-0',
      });
      const socket = new HocuspocusProviderWebsocket({
        url: `${gateway.url.replace('http', 'ws')}/documents/mine`,
        WebSocketPolyfill: WebSocket,
      });
      const refused: string[] = [];
      const synced: string[] = [];
      const providers = ['mine', 'theirs'].map(
        (name) =>
          new HocuspocusProvider({
            websocketProvider: socket,
            name,
            onAuthenticationFailed: () => refused.push(name),
            onSynced: () => synced.push(name),
          }),
      );
      for (const provider of providers) provider.attach();
      onTestFinished(() => {
        for (const provider of providers) provider.destroy();
        socket.destroy();
      });
      await until('both are answered', () => refused.length > 0 && synced.length > 0, SLOW);
      expect([refused, synced]).toEqual([['theirs'], ['mine']]);
    },
    WITHIN_MS,
  );
});

describe('DocumentStorage', () => {
  it('refuses an owner from before, and keeps what the newest has saved', async () => {
    const client = new Redis((await servers()).storage);
    onTestFinished(() => client.disconnect());
    const storage = new DocumentStorage(client);
    const high = 2 ** 52 + 1;
    expect(await storage.open('notes', 7)).toBeNull();
    await storage.save('notes', 7, new Uint8Array([0, 255]));
    expect(await storage.open('notes', high)).toEqual(Buffer.from([0, 255]));
    await expect(storage.save('notes', 7, new Uint8Array([1]))).rejects.toThrow(String(high));
    await expect(storage.open('notes', high - 1)).rejects.toThrow(String(high));
    await storage.save('notes', high, new Uint8Array([2]));
    expect(await storage.open('notes', high)).toEqual(Buffer.from([2]));
    expect(await storage.open('other', 1)).toBeNull();
  });
});
