import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHost } from '@stateful-route/host';
import { describe, expect, it } from 'vitest';
import { passTimeUntil, type Reply, send, startFleet } from './fleet.ts';

interface Visits {
  count: number;
}

describe('pods with hosts behind a gateway', () => {
  it('answer every request once while a pod is drained under them, and lose none', async () => {
    const servers = [0, 1].map(() => createServer().listen(0, '127.0.0.1'));
    await Promise.all(servers.map((server) => once(server, 'listening')));
    const addresses = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
    await using fleet = await startFleet(addresses);
    const stored = new Map<string, number>();
    const hosts = fleet.route.pods.map((pod) =>
      createHost<Visits>(pod, {
        open: ({ uid }) => ({ count: stored.get(uid) ?? 0 }),
        save: ({ uid, state }) => {
          stored.set(uid, state.count);
        },
        idleAfterMs: false,
      }),
    );
    for (const [podId, host] of hosts.entries()) {
      const handled = host.guard().handle(async (request, response) => {
        const count = await request.entity.use((visits) => ++visits.count);
        response.end(`${podId} ${count}`);
      });
      servers[podId]!.on('request', handled);
    }
    const uids = Array.from({ length: 8 }, (_, at) => `user-${at}`);
    const rounds = 12;
    const replies: Reply[] = [];
    const work = Promise.all(
      uids.map(async (uid) => {
        for (let round = 0; round < rounds; round++) {
          replies.push(await send(fleet, { uid, method: 'POST', body: `${round}` }));
          if (round === 3 && uid === uids[0]) void fleet.route.drain(0);
        }
      }),
    );
    await passTimeUntil(fleet, work);
    await work;
    expect([...new Set(replies.map(({ status }) => status))]).toEqual([200]);
    const last = new Map(uids.map((uid) => [uid, 0]));
    for (const { body } of replies) expect(body).toMatch(/^[01] \d+$/);
    expect(replies.map(({ body }) => body.split(' ')[0])).toContain('0');
    await Promise.all(
      uids.map((uid) => send(fleet, { uid }).then(({ body }) => last.set(uid, Number(body.split(' ')[1])))),
    );
    expect([...last.values()]).toEqual(uids.map(() => rounds + 1));
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
});
