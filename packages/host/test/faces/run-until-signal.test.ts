import { once } from 'node:events';
import { createServer, Agent, type Server } from 'node:http';
import { connect } from 'node:net';
import { ManualClock } from '@stateful-route/core/testing';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { probes } from '../../src/faces/probes.ts';
import { type ClosableServer, type RunOptions, runUntilSignal } from '../../src/faces/run-until-signal.ts';
import { ask, listen, portOf } from './http-client.ts';

let clock: ManualClock;
let server: Server;
/** What happened, in order. */
let log: string[];
let endDrain: (unsaved?: string[]) => void;
let stopSignal: AbortSignal | undefined;
const entities = [
  { uid: 'ada', token: 1, stays: 0, queued: 0, unsaved: false },
  { uid: 'bob', token: 2, stays: 0, queued: 0, unsaved: true },
];
const host = { entities: () => entities };
const route = {
  async start() {
    log.push(`start, ${server.listening ? 'listening' : 'not listening'}`);
  },
  async stop(options?: { signal?: AbortSignal | undefined }) {
    log.push('stop');
    stopSignal = options?.signal;
    const unsaved = await new Promise<string[]>((resolve) => {
      endDrain = (uids = []) => resolve(uids);
      options?.signal?.addEventListener('abort', () => resolve(['late']), { once: true });
    });
    log.push('stopped');
    return { left: 0, unsaved };
  },
};

beforeEach(() => {
  clock = new ManualClock();
  const own: string[] = [];
  log = own;
  server = createServer((_request, response) => response.end('served'));
  server.on('close', () => own.push('closed'));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const listeners = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
const signal = (name: NodeJS.Signals): boolean => process.emit(name, name);
const run = (options?: RunOptions) => runUntilSignal(server, route, host, { clock, ...options });

it('starts when the server listens, and ends in the order that loses no request', async () => {
  const before = listeners();
  const running = run();
  expect(listeners()).toBe(before + 2);
  expect(log).toEqual([]);
  const port = await listen(server);
  await vi.waitFor(() => expect(log).toEqual(['start, listening']));

  signal('SIGTERM');
  await vi.waitFor(() => expect(log).toContain('stop'));
  expect(await ask(port)).toMatchObject({ body: 'served', headers: { connection: 'keep-alive' } });
  endDrain(['eve']);
  await vi.waitFor(() => expect(log).toContain('stopped'));
  await clock.advance(999);
  // Callers that do not know yet are answered, and keep no connection that is about to close.
  expect(await ask(port)).toMatchObject({ body: 'served', headers: { connection: 'close' } });
  expect(server.listening).toBe(true);
  await clock.advance(1);
  expect(await running).toEqual({ left: 0, unsaved: ['eve', 'bob'], signal: 'SIGTERM' });
  expect(log).toEqual(['start, listening', 'stop', 'stopped', 'closed']);
  expect(listeners()).toBe(before);
});

it('ends the drain, the wait and open connections at a second signal', async () => {
  const running = run({ stateRefreshMs: 60_000, closeTimeoutMs: 60_000 });
  const port = await listen(server);
  const idle = connect(port, '127.0.0.1');
  await once(idle, 'connect');
  await vi.waitFor(() => expect(log).toHaveLength(1));
  signal('SIGINT');
  await vi.waitFor(() => expect(log).toContain('stop'));
  expect(stopSignal?.aborted).toBe(false);
  const closed = once(idle, 'close');
  signal('SIGTERM');
  expect(await running).toEqual({ left: 0, unsaved: ['late', 'bob'], signal: 'SIGINT' });
  await closed;
});

it('lets the requests that run end, and cuts what is still open after closeTimeoutMs', async () => {
  let answer = (): void => {};
  let asked = 0;
  server.removeAllListeners('request').on('request', ({ url }, response) => {
    asked += 1;
    if (url === '/slow') answer = () => response.end('slow');
    else response.write('for ever');
  });
  const running = run({ stateRefreshMs: 0, closeTimeoutMs: 3_000 });
  const port = await listen(server);
  const agent = new Agent({ keepAlive: true });
  const slow = ask(port, { path: '/slow', agent });
  const endless = ask(port, { path: '/endless' });
  endless.catch(() => {});
  await vi.waitFor(() => expect(log).toHaveLength(1));
  await vi.waitFor(() => expect(asked).toBe(2));
  signal('SIGTERM');
  await vi.waitFor(() => expect(log).toContain('stop'));
  endDrain();
  await vi.waitFor(async () => {
    await clock.advance(0);
    expect(server.listening).toBe(false);
  });
  answer();
  expect(await slow).toMatchObject({ body: 'slow' });
  await clock.advance(2_999);
  expect(log).not.toContain('closed');
  await clock.advance(1);
  await running;
  expect(log.at(-1)).toBe('closed');
  await expect(endless).rejects.toThrow(/aborted|hang up/);
  agent.destroy();
});

it('closes the server when the route does not start, and throws why', async () => {
  const before = listeners();
  const failing = { ...route, start: () => Promise.reject(new Error('no store')) };
  server.listen(0, '127.0.0.1');
  await expect(runUntilSignal(server, failing, host, { clock })).rejects.toThrow('no store');
  expect(log).toEqual(['closed']);
  expect(listeners()).toBe(before);
});

it('throws when the server cannot listen, and starts nothing', async () => {
  const other = createServer();
  const port = await listen(other);
  const running = run();
  server.listen(port, '127.0.0.1');
  await expect(running).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(log).not.toContain('start, listening');
  other.close();
});

it('ends also when the signal comes before the route has started', async () => {
  const starting = { ...route, start: () => new Promise<void>(() => {}) };
  await listen(server);
  const ending = new AbortController();
  const running = runUntilSignal(server, starting, undefined, { clock, signal: ending.signal });
  ending.abort();
  await vi.waitFor(() => expect(log).toContain('stop'));
  endDrain();
  await vi.waitFor(() => expect(log).toContain('stopped'));
  await clock.advance(1_000);
  expect(await running).toEqual({ left: 0, unsaved: [], signal: undefined });
});

/** A run whose signal came before the server listens. */
function endedRun(ended: ClosableServer) {
  const quick = { start: vi.fn<() => Promise<void>>(), stop: async () => ({ left: 0, unsaved: [] }) };
  const options = { clock, signal: AbortSignal.abort(), stateRefreshMs: 0, closeTimeoutMs: 100 };
  const running = runUntilSignal(ended, quick, undefined, options);
  return { running, start: quick.start };
}

it('closes a server that begins to listen after the signal', async () => {
  const app = Fastify();
  const ways = [
    { each: server, net: server, begin: () => server.listen(0, '127.0.0.1') },
    { each: app, net: app.server, begin: () => app.listen({ port: 0, host: '127.0.0.1' }) },
  ];
  for (const { each, net, begin } of ways) {
    const { running, start } = endedRun(each);
    // Everything else is over by then.
    for (let turns = 0; turns < 5; turns++) await clock.advance(0);
    const isListening = once(net, 'listening');
    await Promise.all([isListening, begin()]);
    await running;
    expect(net.listening).toBe(false);
    expect(start).not.toHaveBeenCalled();
  }
});

it('ends after the signal also if the server cannot listen, or never does', async () => {
  const other = createServer();
  server.listen(await listen(other), '127.0.0.1');
  const { running } = endedRun(server);
  for (let turns = 0; turns < 5; turns++) await clock.advance(0);
  await running;
  const never = vi.fn<(report: unknown) => void>();
  void endedRun(createServer()).running.then(never);
  for (let turns = 0; turns < 5; turns++) await clock.advance(0);
  await clock.advance(199);
  expect(never).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(never).toHaveBeenCalledWith({ left: 0, unsaved: [], signal: undefined });
  other.close();
});

it('runs a server of Fastify, and anything that closes', async () => {
  const app = Fastify();
  app.get('/', async () => 'served');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const anything = { close: vi.fn<() => Promise<void>>(async () => {}) };
  for (const [nth, each] of [app, anything].entries()) {
    log = [];
    const running = runUntilSignal(each, route, host, { clock });
    await vi.waitFor(() => expect(log).toHaveLength(1));
    if (nth === 0) expect(await ask(portOf(app.server))).toMatchObject({ body: 'served' });
    signal('SIGTERM');
    await vi.waitFor(() => expect(log).toContain('stop'));
    endDrain();
    await vi.waitFor(() => expect(log).toContain('stopped'));
    await clock.advance(1_000);
    await running;
  }
  expect(app.server.listening).toBe(false);
  expect(anything.close).toHaveBeenCalledOnce();
});

it('refuses arguments that cannot be used', async () => {
  // @ts-expect-error -- no server
  await expect(runUntilSignal({}, route, host)).rejects.toThrow('server must be a server with close()');
  // @ts-expect-error -- no route
  await expect(runUntilSignal(server, {}, host)).rejects.toThrow('route must be a route');
  // @ts-expect-error -- no host
  await expect(runUntilSignal(server, route, {})).rejects.toThrow('host must be what createHost returns');
  await expect(run({ stateRefreshMs: -1 })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
});

it('answers the probes of a bare server, and passes on what is none', async () => {
  const readiness = { ready: true, problems: [], store: { state: 'up' } as never };
  const liveness = { alive: false, problems: ['a later process runs'] };
  const listener = probes({ readiness: () => readiness, liveness: () => liveness });
  server.removeAllListeners('request').on('request', (request, response) => {
    if (request.url === '/mine') listener(request, response, () => response.end('mine'));
    else listener(request, response);
  });
  const port = await listen(server);
  expect(await ask(port, { path: '/livez' })).toMatchObject({ status: 503, body: JSON.stringify(liveness) });
  expect(await ask(port, { path: '/readyz?now' })).toMatchObject({
    status: 200,
    body: JSON.stringify(readiness),
    headers: { 'content-type': 'application/json' },
  });
  expect(await ask(port, { path: '/readyz', method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await ask(port, { path: '/readyz', method: 'POST' })).toMatchObject({ status: 404 });
  expect(await ask(port, { path: '/mine' })).toMatchObject({ body: 'mine' });
  // @ts-expect-error -- no route
  expect(() => probes({})).toThrow('route must be a route');
});

it('does not wait for ever for a close that never ends', async () => {
  const ending = AbortSignal.abort();
  const quick = { start: async () => {}, stop: async () => ({ left: 0, unsaved: [] }) };
  const stuck = { close: () => new Promise(() => {}) };
  const options = { clock, signal: ending, stateRefreshMs: 0, closeTimeoutMs: 100 };
  const report = vi.fn<(ended: unknown) => void>();
  const running = runUntilSignal(stuck, quick, undefined, options).then(report);
  await vi.waitFor(async () => {
    await clock.advance(100);
    expect(report).toHaveBeenCalledWith({ left: 0, unsaved: [], signal: undefined });
  });
  await running;
});

it('rejects with what the close of a server rejects with', async () => {
  const quick = { start: async () => {}, stop: async () => ({ left: 0, unsaved: [] }) };
  const broken = { close: () => Promise.reject(new Error('broken')) };
  const options = { clock, signal: AbortSignal.abort(), stateRefreshMs: 0 };
  const failed = runUntilSignal(broken, quick, undefined, options).catch((error: unknown) => error);
  await vi.waitFor(() => clock.advance(0));
  expect(await failed).toEqual(new Error('broken'));
});
