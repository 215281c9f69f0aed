import { readFileSync } from 'node:fs';
import { silentLogger, systemClock } from '@stateful-route/core';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_OPERATIONS, type ApiOperation } from '../src/api/operations.ts';
import { consoleApp } from '../src/http/console-app.ts';
import { describe as describeError, Failure } from '../src/http/failure.ts';
import { Hubs } from '../src/hub/hubs.ts';
import { look, type Looking } from './support/looking.ts';

const openapi = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8')) as object;
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(openapi, 'openapi');

/** What is wrong with a value that is said to be of a type. */
function faultsOf(type: string, value: unknown): unknown {
  const schema = ajv.getSchema(`openapi#/components/schemas/${type}`);
  if (!schema) throw new Error(`${type} is not described`);
  return schema(value) === true ? [] : schema.errors;
}

/** What is wrong with an event of a stream. */
function faultsOfEvent(type: string, event: string, data: unknown): unknown {
  const schema = ajv.getSchema(`openapi#/components/schemas/${type}/properties/${event}`);
  if (!schema) throw new Error(`${type} has no ${event}`);
  return schema(data) === true ? [] : schema.errors;
}

it('describes every path that there is, and no other', () => {
  const place = { executors: createMemoryExecutors(), namespace: 'test' };
  const shared = { ...place, clock: systemClock, logger: silentLogger };
  const hubs = new Hubs(
    { ...shared, everyMs: 1_000, describe: describeError },
    [],
    (name) => new Failure('NOT_FOUND', name),
  );
  const app = consoleApp({
    ...shared,
    hubs,
    inspector: undefined,
    keysPerSecond: 1,
    readOnly: true,
    authorize: () => undefined,
    allowHosts: undefined,
    path: '',
  });
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1'))
    .map(
      ({ method, path }) =>
        `${method.toLowerCase()} ${path.replace('/api/v1', '').replaceAll(/:(\w+)/g, '{$1}')}`,
    );
  expect(new Set(API_OPERATIONS.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set(routes));
});

describe('every answer is as described', () => {
  let looking: Looking;
  beforeAll(async () => {
    looking = await look({
      inspector: {
        async *scanLinks() {
          yield { found: [{ uid: 'ada', serviceName: 'room' }], scanned: 1, total: 1 };
        },
      },
    });
    const { route } = looking;
    for (const podId of [0, 1, 2]) route.onHandOff(podId, async () => {});
    await route.pods[0]!.server.setMetadata({ zone: 'a' });
    for (const uid of ['ada', 'bob', 'eve']) await route.pods[0]!.server.claim(uid);
    await route.gateway.service('room').locate('joe');
    await route.advance(3_000);
    await looking.post('/api/v1/services/room/user/move', { uid: 'bob', to: 1 });
    await looking.post('/api/v1/services/room/pods/2/drain', { ratePerSecond: 5 });
    await route.advance(3_000);
  });
  afterAll(() => looking[Symbol.asyncDispose]());

  const query: Readonly<Record<string, string>> = { uid: 'ada', not: '2', replicas: '2', service: 'room' };
  const bodies: Readonly<Record<string, object>> = {
    Empty: {},
    IntentRequest: { ratePerSecond: 5 },
    MoveRequest: { uid: 'ada', to: 1 },
    UserRequest: { uid: 'joe' },
  };
  const addressOf = ({ path, query: known = {} }: ApiOperation): string => {
    const given = Object.keys(known).flatMap((name) =>
      query[name] === undefined ? [] : [[name, query[name]]],
    );
    const filled = path.replace('{service}', 'room').replace('{podId}', '0');
    return `/api/v1${filled}?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
  };

  it.each(API_OPERATIONS.map((one) => [`${one.method} ${one.path}`, one] as const))('%s', async (_, one) => {
    const { answer, body, isStream } = one;
    if (isStream) {
      const stream = await looking.events(addressOf(one));
      for (let event = 0; event < 2; event++) {
        const next = stream.next();
        await looking.route.advance(1_000);
        const { event: name, data } = await next;
        expect(faultsOfEvent(answer, name, data)).toEqual([]);
      }
      await stream.cancel();
      return;
    }
    if (body !== undefined) expect(faultsOf(body, bodies[body])).toEqual([]);
    // Kick and unlink are for links of one kind each.
    const sent = one.path.endsWith('/kick') ? { uid: 'eve' } : bodies[body ?? ''];
    const got = await (body === undefined ? looking.get(addressOf(one)) : looking.post(addressOf(one), sent));
    expect(got.status).toBe(200);
    expect(faultsOf(answer, got.body)).toEqual([]);
  });

  it('an error, too', async () => {
    const { body } = await looking.get('/api/v1/services/none');
    expect(faultsOf('ApiError', body)).toEqual([]);
    expect(faultsOf('ApiError', { error: { code: 'NOVEL', message: '' } })).not.toEqual([]);
  });
});
