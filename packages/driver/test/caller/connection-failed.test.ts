import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectionFailed } from '../../src/caller/connection-failed.ts';

/** An error as clients make them. */
function error(fields: object, cause?: unknown): Error {
  return Object.assign(new Error('failed', cause === undefined ? {} : { cause }), fields);
}

const refused = error({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 8080 });
const at = '10.0.0.1:8080';

describe('no connection was made to the pod', () => {
  it.each([
    ['refused', refused, at],
    ['refused, as a cause', error({}, refused), 'http://10.0.0.1:8080/rooms'],
    [
      'refused at the default port',
      error({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 80 }),
      'http://10.0.0.1',
    ],
    ['no route', error({ code: 'EHOSTUNREACH', address: 'fd00::1', port: 1 }), '[fd00::1]:1'],
    [
      'no answer to connect',
      error({ code: 'ETIMEDOUT', syscall: 'connect', address: '10.0.0.1', port: 8080 }),
      at,
    ],
    ['unknown host', error({ code: 'ENOTFOUND', hostname: 'room-0.room' }), 'room-0.room:8080'],
    ['no name server', error({ code: 'EAI_AGAIN', hostname: 'room-0.room' }), 'http://room-0.room:8080'],
    [
      'undici’s time-out',
      Object.assign(new Error('Connect Timeout Error (attempted address: 10.0.0.1:8080, timeout: 10000ms)'), {
        code: 'UND_ERR_CONNECT_TIMEOUT',
      }),
      at,
    ],
    [
      'refused at each address of localhost',
      new AggregateError(
        ['::1', '127.0.0.1'].map((address) => error({ code: 'ECONNREFUSED', address, port: 8080 })),
      ),
      'localhost:8080',
    ],
  ])('%s', (_, failure, address) => {
    expect(connectionFailed(failure, address)).toBe(true);
  });

  it('as fetch says it of a closed port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const address = `http://127.0.0.1:${port}`;
    const failure: unknown = await fetch(address).catch((reason: unknown) => reason);
    expect(connectionFailed(failure, address)).toBe(true);
    expect(connectionFailed(failure, 'http://127.0.0.1:1')).toBe(false);
  });
});

describe('something may have been sent to the pod', () => {
  it.each([
    ['a reset connection', error({ code: 'ECONNRESET', address: '10.0.0.1', port: 8080 }), at],
    [
      'a time-out after connecting',
      error({ code: 'ETIMEDOUT', syscall: 'read', address: '10.0.0.1', port: 8080 }),
      at,
    ],
    ['a refusal by another host', error({ code: 'ECONNREFUSED', address: '10.0.0.9', port: 8080 }), at],
    ['a refusal by another port', error({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 5432 }), at],
    ['a refusal by whatever a name was resolved to', refused, 'room-0.room:8080'],
    ['another unknown host', error({ code: 'ENOTFOUND', hostname: 'database' }), 'room-0.room:8080'],
    [
      'one of two addresses that failed later',
      new AggregateError([refused, error({ code: 'ECONNRESET' })]),
      at,
    ],
    [
      'undici’s time-out at a port that begins alike',
      Object.assign(new Error('Connect Timeout Error (attempted address: 10.0.0.1:80801, timeout: 1ms)'), {
        code: 'UND_ERR_CONNECT_TIMEOUT',
      }),
      at,
    ],
    ['no address', refused, undefined],
    ['an address without a port', refused, '10.0.0.1'],
    ['an invalid address', refused, 'http://'],
    ['an error of the application', new Error('500'), at],
    ['no error', 'ECONNREFUSED', at],
    ['nothing', undefined, at],
    ['an empty list', new AggregateError([]), at],
  ])('%s', (_, failure, address) => {
    expect(connectionFailed(failure, address)).toBe(false);
  });

  it('a circle of causes', () => {
    const circle = error({});
    circle.cause = circle;
    expect(connectionFailed(circle, at)).toBe(false);
  });

  it('as fetch says it of a connection that is cut', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy())).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const failure: unknown = await fetch(address).catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(Error);
    expect(connectionFailed(failure, address)).toBe(false);
    server.close();
  });
});
