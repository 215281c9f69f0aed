import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { seededRandom } from '@stateful-route/core/testing';
import { expect, it } from 'vitest';
import { begin, hold, httpPod, passTimeUntil, readReply, startFleet, until } from './fleet.ts';

const REQUESTS = 150;
const SEEDS = Number(process.env['SEEDS'] ?? 3);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

/** What became of a request: its status, or that no whole answer came. */
type Outcome = number | 'cut';

it.each(Array.from({ length: SEEDS }, (_, at) => FIRST_SEED + at))(
  'no request that changes something acts twice, and none hangs, whatever pods and clients do (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const chance = (probability: number): boolean => random() < probability;
    const acted = new Map<string, number>();

    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      const id = String(request.headers['x-id']);
      const act = (): void => {
        acted.set(id, (acted.get(id) ?? 0) + 1);
      };
      const kind = random();
      if (kind < 0.2) {
        response.writeHead(421, { 'stateful-route': 'not-mine' }).end();
      } else if (kind < 0.3) {
        request.socket.destroy();
      } else if (kind < 0.4) {
        act();
        request.socket.resetAndDestroy();
      } else if (kind < 0.5) {
        act();
        response.write(`half of ${id}`, () => request.socket.resetAndDestroy());
      } else if (kind < 0.54) {
        act(); // and never answers
      } else {
        act();
        response.end(id, () => {
          // A kept connection that ends while the next request may be on its way.
          if (chance(0.2)) setTimeout(() => request.socket.destroy(), 1);
        });
      }
    };
    const read = (request: IncomingMessage, response: ServerResponse): void => {
      request.resume();
      request.on('error', () => {});
      request.on('end', () => answer(request, response));
    };
    const pods = await Promise.all(
      [0, 1].map(() =>
        httpPod(read, (server) => {
          server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
            if (chance(0.3)) {
              response.writeHead(421, { 'stateful-route': 'not-mine', connection: 'close' }).end();
              return;
            }
            if (chance(0.8)) response.writeContinue();
            read(request, response);
          });
        }),
      ),
    );
    await using fleet = await startFleet(
      pods.map(({ address }) => address),
      // The clock runs faster than bodies move: a body that stands still must do so for long to be refused.
      { idleMs: 600_000, placeRate: 100_000 },
    );
    await hold(fleet, 'ada', 0);

    const one = async (id: string): Promise<Outcome> => {
      const length = chance(0.3) ? 150_000 : Math.floor(random() * 1_000);
      const headers = { 'x-id': id, 'x-user': chance(0.7) ? 'ada' : `user-${Math.floor(random() * 20)}` };
      const framing = chance(0.5) ? { 'content-length': length } : { 'transfer-encoding': 'chunked' };
      const sending = begin(fleet, { ...headers, ...framing }, chance(0.2) ? 'PUT' : 'POST');
      const goesAway = chance(0.1);
      sending.write(Buffer.alloc(Math.floor(length / 2)));
      if (goesAway) setTimeout(() => sending.destroy(), random() * 30);
      else sending.end(Buffer.alloc(length - Math.floor(length / 2)));
      try {
        const [response] = (await once(sending, 'response')) as [IncomingMessage];
        const { status, body } = await readReply(response);
        if (status === 200) expect(body).toBe(id);
        return status;
      } catch {
        return 'cut';
      }
    };
    const outcomes: Outcome[] = [];
    const ids = Array.from({ length: REQUESTS }, (_, at) => `id-${at}`);
    const clients = Array.from({ length: 15 }, async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) outcomes.push(await one(id));
    });
    await passTimeUntil(fleet, Promise.all(clients));
    await Promise.all(clients);

    expect([...acted].filter(([, times]) => times > 1)).toEqual([]);
    expect(outcomes.filter((outcome) => ![200, 502, 503, 504, 'cut'].includes(outcome))).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 200).length).toBeGreaterThan(20);
    await until(() => fleet.gateway.stats().pending === 0);
    await fleet.gateway.close();
    expect(fleet.logged.filter(({ level }) => level === 'error')).toEqual([]);
    await Promise.all(pods.map((pod) => pod.close()));
  },
);
