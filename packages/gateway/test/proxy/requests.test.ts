import { describe, expect, it } from 'vitest';
import { deadAddress, hold, httpPod, rawPod, send, startFleet, until } from './fleet.ts';

describe('a request', () => {
  it('reaches the pod that has the user, with its method, path, headers and body, and its answer comes back', async () => {
    const pod = await httpPod((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(201, 'Made', { 'X-Answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
        response.end(
          `${request.method} ${request.url} ${String(request.headers['x-mine'])} ${Buffer.concat(chunks).toString()}`,
        );
      });
    });
    await using fleet = await startFleet([pod.address]);
    for (let round = 0; round < 3; round++) {
      const reply = await send(fleet, {
        method: 'POST',
        path: '/a?b=c%20d',
        headers: { 'x-mine': 'm' },
        body: 'hello',
      });
      expect(reply).toMatchObject({ status: 201, message: 'Made', body: 'POST /a?b=c%20d m hello' });
      expect(reply.headers).toMatchObject({ 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
    }
    expect(pod.connections()).toBe(1);
    expect(fleet.gateway.stats()).toEqual({ pending: 0, sockets: 0 });
    await pod.close();
  });

  it('goes to the next pod if the pod of a user who is not held cannot be connected to', async () => {
    const pod = await httpPod((_request, response) => response.end('here'));
    await using fleet = await startFleet([await deadAddress(), pod.address]);
    const replies = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((uid) => send(fleet, { uid, method: 'POST', body: 'x' })),
    );
    expect(replies.map(({ body }) => body)).toEqual(Array.from({ length: 8 }, () => 'here'));
    await pod.close();
  });

  it('goes to another pod after 421 with our header', async () => {
    const asked: string[] = [];
    const pods = await Promise.all(
      [0, 1].map((podId) =>
        httpPod((request, response) => {
          asked.push(`${podId}`);
          request.resume();
          if (podId === 0) response.writeHead(421, { 'stateful-route': 'not-mine' }).end();
          else response.end('mine');
        }),
      ),
    );
    await using fleet = await startFleet(pods.map(({ address }) => address));
    await hold(fleet, 'ada', 0);
    await fleet.route.pods[0]!.server.release('ada');
    await fleet.route.pods[1]!.server.claim('ada');
    const reply = await send(fleet, { method: 'POST', body: 'x' });
    expect(reply).toMatchObject({ status: 200, body: 'mine' });
    expect(asked).toEqual(['0', '1']);
    await Promise.all(pods.map((pod) => pod.close()));
  });

  it('is answered 503 with Retry-After if the pod that holds the user cannot be connected to', async () => {
    await using fleet = await startFleet([await deadAddress()]);
    await hold(fleet, 'ada', 0);
    const sending = send(fleet);
    await until(() => fleet.gateway.stats().pending === 1);
    await until(() => fleet.logged.length > 0);
    for (let ms = 0; ms < 11_000; ms += 500) await fleet.route.advance(500);
    const reply = await sending;
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(reply.body).not.toContain('127.0.0.1');
  });

  it('is answered 502, and not sent again, if its pod ends the connection before it answered', async () => {
    let received = 0;
    const pod = await rawPod((socket) => {
      socket.once('data', () => {
        received += 1;
        socket.destroy();
      });
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const reply = await send(fleet, { method: 'POST', body: 'x' });
    expect([reply.status, received]).toEqual([502, 1]);
    await pod.close();
  });
});
