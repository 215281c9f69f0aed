import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { NOT_MINE, routeError } from '@stateful-route/core';
import { invalidParameter } from '@stateful-route/core/adapter';
import express, { type NextFunction, type Request, type Response } from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { continueWhenRead } from '../../src/faces/expect-continue.ts';
import { createGuard } from '../../src/faces/guard.ts';
import type { GuardedRequest } from '../../src/host.ts';
import { ask, serve } from './http-client.ts';
import { ScriptedHost, type Visits } from './scripted-host.ts';

let host: ScriptedHost;
let agent: Agent;
beforeEach(() => {
  host = new ScriptedHost();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(() => agent.destroy());

const fenced = routeError('FENCED', 'This pod is fenced.', {
  namespace: 'game',
  serviceName: 'room',
  podId: 0,
  incarnation: '1',
});
const late = routeError('TIMEOUT', 'Too late.', { operation: 'enter', timeoutMs: 10, effect: 'none' });

/** Answers with the count, and the body that it was sent. */
const count = async (request: GuardedRequest<Visits>): Promise<string> => {
  const body = await text(request);
  return `${await request.entity.use((visits) => ++visits.count)} ${body}`;
};

const guarded = () =>
  createGuard(host).handle(async (request, response) => {
    response.end(await count(request));
  });

describe('of node:http', () => {
  it('enters the user until the response has ended', async () => {
    await using server = await serve(guarded());
    expect(await ask(server.port, { uid: 'Ada Łovelace/1', body: 'hello' })).toMatchObject({
      status: 200,
      body: '1 hello',
    });
    expect(host.entered).toEqual(['Ada Łovelace/1']);
    await vi.waitFor(() => expect(host.stays[0]!.left).toBe(1));
  });

  it.each([0, 100, 3_000_000])(
    'answers 421 without a body, reads the %i bytes it was sent, and keeps the connection',
    async (bytes) => {
      host.answers.set('bob', NOT_MINE);
      await using server = await serve(guarded());
      const refused = await ask(server.port, { uid: 'bob', agent, body: 'x'.repeat(bytes) });
      expect(refused).toMatchObject({ status: 421, body: '' });
      expect(refused.headers).toMatchObject({ 'stateful-route': 'not-mine', 'content-length': '0' });
      const served = await ask(server.port, { uid: 'ada', agent, body: 'y' });
      expect(served).toMatchObject({ status: 200, body: '1 y', connection: refused.connection });
    },
  );

  it('answers 421 for a route that does not run', async () => {
    host.answers.set('bob', routeError('NOT_RUNNING', 'The route does not run.', { part: 'route' }));
    await using server = await serve(guarded());
    expect(await ask(server.port, { uid: 'bob' })).toMatchObject({ status: 421 });
  });

  it.each([
    { why: 'fenced', error: fenced, after: '1' },
    { why: 'late', error: late, after: '1' },
    { why: 'overloaded', error: Object.assign(new Error('full'), { retryAfterMs: 2_001 }), after: '3' },
    { why: 'not opened', error: new Error('the storage is away'), after: '1' },
  ])('answers 503 with Retry-After when $why, and says nothing of the error', async ({ error, after }) => {
    host.answers.set('bob', error);
    await using server = await serve(guarded());
    const answer = await ask(server.port, { uid: 'bob', agent, body: 'x' });
    expect(answer).toMatchObject({ status: 503, body: '', headers: { 'retry-after': after } });
    expect(answer.headers).not.toHaveProperty('stateful-route');
    expect(await ask(server.port, { uid: 'ada', agent })).toMatchObject({ connection: answer.connection });
  });

  it.each([
    { what: 'no uid', headers: {}, says: 'names no user' },
    { what: 'an empty uid', headers: { 'stateful-route-uid': '' }, says: 'names no user' },
    { what: 'half an escape', headers: { 'stateful-route-uid': 'ada%4' }, says: 'encodeURIComponent' },
    { what: 'no UTF-8', headers: { 'stateful-route-uid': '%ff' }, says: 'encodeURIComponent' },
    { what: 'two uids', headers: { 'stateful-route-uid': ['ada', 'bob'] }, says: 'there once' },
    { what: 'a uid that the host refuses', headers: { 'stateful-route-uid': '%7B' }, says: 'uid must' },
  ])('answers 400 to $what, and says what to mend', async ({ headers, says }) => {
    host.answers.set('{', invalidParameter('uid', 'must hold no brace'));
    await using server = await serve(guarded());
    const answer = await ask(server.port, { headers });
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body).toContain(says);
  });

  it('gives up when the client goes away, and leaves a stay that comes late', async () => {
    let open = (): void => {};
    host.answers.set('ada', new Promise<void>((resolve) => (open = resolve)));
    await using server = await serve(guarded());
    const sent = request({ port: server.port, headers: { 'stateful-route-uid': 'ada' } });
    sent.on('error', () => {}).end();
    await vi.waitFor(() => expect(host.signals).toHaveLength(1));
    expect(host.signals[0]!.aborted).toBe(false);
    sent.destroy();
    await vi.waitFor(() => expect(host.signals[0]!.aborted).toBe(true));
    open();
    await vi.waitFor(() => expect(host.stays.map(({ left }) => left)).toEqual([1]));
  });

  it('leaves also the requests that wait for their turn on a connection that closes', async () => {
    await using server = await serve(createGuard(host).handle(() => {}));
    const socket = connect(server.port, '127.0.0.1');
    for (const uid of ['ada', 'bob', 'eve']) {
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nstateful-route-uid: ${uid}\r\n\r\n`);
    }
    await vi.waitFor(() => expect(host.present).toEqual(['ada', 'bob', 'eve']));
    socket.destroy();
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it('leaves when the connection closes in the middle of the answer', async () => {
    await using server = await serve(
      createGuard(host).handle((_request, response) => void response.write('half of it')),
    );
    const sent = request({ port: server.port, headers: { 'stateful-route-uid': 'ada' } });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    expect(host.present).toEqual(['ada']);
    sent.destroy();
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it('answers what a use met: 421 as long as none has acted, then 503', async () => {
    await using server = await serve(
      createGuard(host).handle(async ({ entity, url }, response) => {
        if (url === '/acted') await entity.use((visits) => ++visits.count);
        if (url === '/changed') entity.changed();
        host.stays.at(-1)!.signalGone();
        response.end(String(await entity.use((visits) => visits.count)));
      }),
    );
    expect(await ask(server.port, { uid: 'ada' })).toMatchObject({
      status: 421,
      body: '',
      headers: { 'stateful-route': 'not-mine' },
    });
    for (const path of ['/acted', '/changed']) {
      const answer = await ask(server.port, { uid: 'ada', path });
      expect(answer).toMatchObject({ status: 503, body: '', headers: { 'retry-after': '1' } });
      expect(answer.headers).not.toHaveProperty('stateful-route');
    }
  });

  it('answers it also as middleware, when next returns a promise', async () => {
    const guard = createGuard(host);
    await using server = await serve((incoming, response) => {
      guard(incoming, response, async () => {
        host.stays.at(-1)!.signalGone();
        await (incoming as GuardedRequest<Visits>).entity.use((visits) => visits.count);
      });
    });
    expect(await ask(server.port, { uid: 'ada' })).toMatchObject({ status: 421, body: '' });
  });

  it('passes on an error that the use itself threw, whatever it is', async () => {
    const thrown: unknown[] = [];
    await using server = await serve(
      createGuard(host).handle(async ({ entity }, response) => {
        await entity.use(() => Promise.reject(fenced)).catch((error: unknown) => thrown.push(error));
        response.end();
      }),
    );
    expect(await ask(server.port, { uid: 'ada' })).toMatchObject({ status: 200 });
    expect(thrown).toEqual([fenced]);
  });

  it('leaves any other error of the handler to the application, as an unhandled rejection', async () => {
    const fault = new Error('a fault of mine');
    const unhandled = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    try {
      await using server = await serve(createGuard(host).handle(() => Promise.reject(fault)));
      const rejected = once(process, 'unhandledRejection');
      const answer = ask(server.port, { uid: 'ada' });
      answer.catch(() => {});
      expect((await rejected)[0]).toBe(fault);
    } finally {
      for (const listener of unhandled) process.on('unhandledRejection', listener);
    }
  });

  it('ends the connection when the answer has begun before the user left', async () => {
    await using server = await serve(
      createGuard(host).handle(async ({ entity }, response) => {
        response.write('1');
        host.stays[0]!.signalGone();
        await entity.use(() => {});
      }),
    );
    await expect(ask(server.port, { uid: 'ada' })).rejects.toThrow(/aborted|socket hang up/);
  });

  it.each([
    { thrown: Object.assign(new Error('who are you?'), { status: 401 }), status: 401 },
    { thrown: new Error('a fault of mine'), status: 500 },
  ])('answers $status when the uid cannot be told', async ({ thrown, status }) => {
    const guard = createGuard(host, () => Promise.reject(thrown));
    await using server = await serve(guard.handle(() => {}));
    expect(await ask(server.port, { uid: 'ada' })).toMatchObject({ status, body: '' });
    expect(host.entered).toEqual([]);
  });
});

describe('Expect: 100-continue', () => {
  /** Sends a head, and the body only after 100; returns all that came back. */
  async function expectContinue(port: number, uid: string, path = '/'): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const heads = `POST ${path} HTTP/1.1\r\nHost: x\r\nstateful-route-uid: ${uid}\r\n`;
    socket.write(`${heads}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    let seen = '';
    socket.on('data', (chunk: Buffer) => {
      if (seen === '' && String(chunk).startsWith('HTTP/1.1 100')) socket.end('hello');
      seen += String(chunk);
    });
    await once(socket, 'close');
    return seen;
  }

  it('answers 421 before 100, and ends the connection', async () => {
    host.answers.set('bob', NOT_MINE);
    await using server = await serve(guarded(), continueWhenRead);
    const seen = await expectContinue(server.port, 'bob');
    expect(seen).toMatch(/^HTTP\/1\.1 421 /);
    expect(seen.toLowerCase()).toContain('connection: close');
    expect(seen).not.toContain('100 Continue');
  });

  it('sends 100 when the body is read, once', async () => {
    await using server = await serve(guarded(), continueWhenRead);
    const seen = await expectContinue(server.port, 'ada');
    expect(seen).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(seen.match(/100 Continue/g)).toHaveLength(1);
    expect(seen).toContain('1 hello');
  });

  it('sends it also where there is no guard, and never for a body that nobody reads', async () => {
    await using server = await serve((incoming, response) => {
      if (incoming.url === '/read') text(incoming).then((body) => response.end(body), response.destroy);
      else response.setHeader('connection', 'close').end('unread');
    }, continueWhenRead);
    expect(await expectContinue(server.port, 'ada', '/read')).toMatch(/100 Continue[^]*200 OK[^]*hello/);
    expect(await expectContinue(server.port, 'ada', '/')).toMatch(/^HTTP\/1\.1 200 OK[^]*unread/);
  });

  it('leaves a server alone that answers it by itself', async () => {
    const own = vi.fn<() => void>();
    await using server = await serve(guarded(), (it) => continueWhenRead(it.on('checkContinue', own)));
    expect(server.server.listeners('checkContinue')).toEqual([own]);
  });
});

describe('of Express', () => {
  function app(guard = createGuard(host)) {
    return express()
      .get('/visits', guard, async ({ entity }, response) => {
        response.json(await entity.use((visits: Visits) => ++visits.count));
      })
      .get('/gone', guard, async ({ entity }, response) => {
        host.stays.at(-1)!.signalGone();
        response.json(await entity.use((visits: Visits) => ++visits.count));
      })
      .get('/open', (_request, response) => {
        response.json('open');
      });
  }

  it('guards the routes that have it', async () => {
    host.answers.set('bob', NOT_MINE);
    await using server = await serve(app());
    expect(await ask(server.port, { uid: 'ada', path: '/visits' })).toMatchObject({ status: 200, body: '1' });
    expect(await ask(server.port, { uid: 'bob', path: '/visits' })).toMatchObject({ status: 421, body: '' });
    expect(await ask(server.port, { path: '/visits' })).toMatchObject({ status: 400 });
    expect(await ask(server.port, { path: '/open' })).toMatchObject({ status: 200 });
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it('lets Express answer for a user who leaves, in one line of the log, and goes on', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await using server = await serve(app().set('env', 'production'));
    const gone = await ask(server.port, { uid: 'ada', path: '/gone', agent });
    expect(gone).toMatchObject({ status: 421, headers: { 'stateful-route': 'not-mine' } });
    expect(log.mock.calls.map(([line]) => String(line).split('\n').length)).toEqual([1]);
    const next = await ask(server.port, { uid: 'ada', path: '/visits', agent });
    expect(next).toMatchObject({ status: 200, connection: gone.connection });
    log.mockRestore();
  });

  it("gives an error of uidOf to the application's error handler", async () => {
    const guard = createGuard(host, () => {
      throw Object.assign(new Error('who are you?'), { status: 401 });
    });
    const handler = (error: Error, _request: Request, response: Response, _next: NextFunction): void => {
      response.status(401).json(error.message);
    };
    await using server = await serve(app(guard).use(handler));
    expect(await ask(server.port, { uid: 'ada', path: '/visits' })).toMatchObject({
      status: 401,
      body: '"who are you?"',
    });
  });
});

it('refuses arguments that cannot be used', () => {
  // @ts-expect-error -- no function
  expect(() => createGuard(host, 'uid')).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  // @ts-expect-error -- no function
  expect(() => createGuard(host).handle()).toThrow('handler must be a function');
});
