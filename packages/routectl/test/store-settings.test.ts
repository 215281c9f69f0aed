import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOf } from '@stateful-route/core/adapter';
import { afterAll, expect, it } from 'vitest';
import { type GivenStore, readPlace } from '../src/program/store-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'routectl-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'file.yaml');
  writeFileSync(path, text);
  return path;
}

const inFile = 'namespace: file\nredis: { sentinels: ["a:1"], sentinelName: main, username: u, tls: true }\n';

it.each([
  [
    'the command line, and nothing else, says where',
    { namespace: 'game', redis: 'redis://a' },
    { REDIS_URL: 'redis://never', STATEFUL_ROUTE_NAMESPACE: 'never' },
    { namespace: 'game', settings: { url: 'redis://a' } },
  ],
  [
    'the environment, its own names first',
    {},
    {
      REDIS_URL: 'redis://b',
      STATEFUL_ROUTE_REDIS: 'redis://a',
      STATEFUL_ROUTE_NAMESPACE: '',
      POD_NAMESPACE: 'pod',
    },
    { namespace: 'pod', settings: { url: 'redis://a' } },
  ],
])('%s', (_, given, env, place) => {
  expect(readPlace(given, env)).toEqual(place);
});

it('a file, of which the command line replaces parts', () => {
  const config = file(inFile);
  const env = { REDIS_URL: 'redis://never' };
  const whole = { sentinels: ['a:1'], sentinelName: 'main', username: 'u', tls: true };
  expect(readPlace({ config }, env)).toEqual({ namespace: 'file', settings: whole });
  expect(readPlace({ config, username: 'v', namespace: 'game' }, env)).toEqual({
    namespace: 'game',
    settings: { ...whole, username: 'v' },
  });
  // Another place is another place altogether.
  expect(readPlace({ config, cluster: ['b:1'] }, env)).toEqual({
    namespace: 'file',
    settings: { cluster: ['b:1'], username: 'u', tls: true },
  });
});

it('says what is missing or cannot be read', () => {
  const faults = (given: GivenStore): unknown => faultsOf(() => void readPlace(given, {}));
  expect(faults({})).toEqual([
    { name: '--namespace', problem: 'must be given, or STATEFUL_ROUTE_NAMESPACE' },
  ]);
  const config = file('- a\n');
  expect(faults({ config })).toEqual([
    { name: config, problem: 'must have namespace and redis, as the file of the gateway' },
  ]);
  expect(faults({ config: file('a: [') })).toEqual([
    { name: config, problem: expect.stringMatching(/^is not YAML/) },
  ]);
  expect(faults({ config: '/none' })).toEqual([{ name: '/none', problem: 'cannot be read (ENOENT)' }]);
});
