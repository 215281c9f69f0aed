import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { systemClock } from '@stateful-route/core';
import { setDeadline } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Both ends of a connection. */
async function sockets(): Promise<[Socket, Socket]> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [Socket],
    unknown,
  ];
  ends.push(
    () => server.close(),
    () => near.destroy(),
    () => far.destroy(),
  );
  return [near, far];
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('a deadline', () => {
  it('lets a reply that has arrived win after the process was blocked', async () => {
    const [near, far] = await sockets();
    const order: string[] = [];
    far.on('data', () => order.push('reply'));
    const over = new Promise<void>((resolve) => {
      setDeadline(
        systemClock,
        () => {
          order.push('deadline');
          resolve();
        },
        5,
      );
    });
    for (let slow = 0; slow < 3; slow++) systemClock.setTimeout(() => block(5), 5);
    near.write('reply');
    block(50);
    await over;
    expect(order).toEqual(['reply', 'deadline']);
  });

  it('can be cancelled at either of its steps', async () => {
    const clock = new ManualClock();
    const expire = vi.fn<() => void>();
    const before = setDeadline(clock, expire, 10);
    before();
    await clock.advance(20);
    const between = setDeadline(clock, expire, 10);
    // It runs before the second step of the first.
    clock.setTimeout(between, 10);
    await clock.advance(20);
    expect(expire).not.toHaveBeenCalled();
    setDeadline(clock, expire, 10);
    await clock.advance(10);
    expect(expire).toHaveBeenCalledOnce();
  });
});
