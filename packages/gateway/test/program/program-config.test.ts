import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRedisSettings } from '@stateful-route/adapter-redis';
import { isRouteError } from '@stateful-route/core';
import { CommanderError } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/program/command-line.ts';
import type { ProgramConfig } from '../../src/program/program-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'gateway-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

function read(args: readonly string[], env: Readonly<Record<string, string>> = {}): ProgramConfig {
  return readCommandLine(args, env, { out: () => {}, err: () => {} }, { readRedisSettings }).config;
}

/** The faults of a configuration file. */
function faults(yaml: string, ...args: readonly string[]): string[] {
  try {
    read(['--config', file(yaml), ...args]);
    return [];
  } catch (error) {
    if (!isRouteError(error, 'INVALID_CONFIG')) throw error;
    return error.faults.map(({ name, problem }) => `${name}: ${problem}`);
  }
}

const service = ['--namespace', 'game', '--service', 'room', '--uid', 'path:1'];
const start = 'namespace: game\nredis: { url: "redis://127.0.0.1:6379" }\n';
const room = 'services: [{ name: room, uid: { header: x-user } }]\n';

describe('the command line', () => {
  it('is enough for one service, with the address of Redis from the environment', () => {
    const config = read(service, { REDIS_URL: 'redis://redis:6379' });
    expect(config).toMatchObject({
      namespace: 'game',
      redis: { url: 'redis://redis:6379' },
      listen: { host: '0.0.0.0', port: 8080 },
      admin: { listen: { host: '127.0.0.1', port: 9464 } },
      authRequest: false,
      services: [{ name: 'room', options: { service: 'room', uid: { path: 1 } } }],
    });
  });

  it('replaces what the file says', () => {
    const path = file(
      `${start}${room}listen: 0.0.0.0:80\nadmin: { listen: "127.0.0.1:1" }\nauthRequest: true\n`,
    );
    const config = read(['-c', path, '-l', '[::1]:81', '--redis', 'redis://a:1', '--admin', '127.0.0.1:2'], {
      REDIS_URL: 'redis://never',
    });
    expect(config).toMatchObject({
      listen: { host: '::1', port: 81 },
      redis: { url: 'redis://a:1' },
      admin: { listen: { port: 2 } },
      authRequest: true,
    });
    expect(read(['-c', path, '--log-level', 'WARN']).logLevel).toBe('WARN');
  });

  it('can turn the admin listener off, as the file can', () => {
    expect(read(['-c', file(`${start}${room}`), '--no-admin']).admin).toBe(false);
    expect(read(['-c', file(`${start}${room}admin: false`)]).admin).toBe(false);
    expect(read(['-c', file(`${start}${room}admin: false`), '--admin', '127.0.0.1:3']).admin).toMatchObject({
      listen: { port: 3 },
    });
  });

  it.each([
    [['--servise', 'room']],
    [['--uid', 'room']],
    [['--log-level', 'LOUD']],
    [['extra']],
    [['--listen']],
  ])('refuses %j', (args) => {
    expect(() => read([...service, ...args])).toThrow(CommanderError);
  });

  it('refuses a service beside those of the file', () => {
    expect(faults(`${start}${room}`, '--service', 'chat', '--uid', 'path:0')).toEqual([
      '--service: cannot be given with a file that has services',
    ]);
  });

  it('says what is missing, all at once', () => {
    expect(faults('{}')).toEqual([
      'namespace: must be given: --namespace NAME',
      'redis: must be given: --redis URL, or REDIS_URL',
      'services: must be given: --service NAME --uid SOURCE',
    ]);
  });
});

describe('a configuration file', () => {
  it('names several services by host and path, each with the options of its gateway', () => {
    const path = file(`${start}
services:
  - name: room
    path: /rooms/
    uid: { path: 1 }
    placeRate: 50
    allowAddress: [10.0.0.0/8]
  - name: chat
    host: [chat.example, talk.example]
    uid: { cookie: user }
    allowOrigins: [https://chat.example]
    port: 8080
`);
    const [one, two] = read(['-c', path]).services;
    expect(one).toMatchObject({ name: 'room', hosts: [], paths: ['/rooms'], options: { placeRate: 50 } });
    expect(one!.options.allowAddress!('10.1.2.3:80')).toBe(true);
    expect(one!.options.allowAddress!('11.1.2.3:80')).toBe(false);
    expect(two).toMatchObject({ hosts: ['chat.example', 'talk.example'], paths: [] });
    const pod = { namespace: 'game', serviceName: 'chat', podId: 2, metadata: {} };
    expect(two!.resolveAddress!(pod)).toBe('chat-2.chat.game.svc.cluster.local:8080');
  });

  it("names each fault's path, and what was probably meant", () => {
    const problems = faults(`
namspace: game
redis: { urls: x, sentinels: [a] }
services:
  - name: room
    uid: { jwt: { claim: sub, algorithms: [RS256], issuer: i, audiense: a, jwksUrl: http://id.example/k } }
  - nam: chat
    uid: { header: x-user }
    path: rooms
    port: 99999
    clock: 1
listen: 8080
admin: { listn: x }
graceMs: -1
closeSpreadMs: soon
logLevel: LOUD
`);
    expect(problems).toEqual([
      'namespace: must be given: --namespace NAME',
      'listen: must be a text',
      'admin.listn: is unknown; did you mean listen?',
      'graceMs: must not be below 0',
      'closeSpreadMs: must be a number of ms',
      'logLevel: must be one of DEBUG, INFO, WARN, ERROR',
      'namspace: is unknown; did you mean namespace?',
      'redis.urls: is unknown; did you mean url?',
      'redis.sentinels.0: must be HOST:PORT, such as 127.0.0.1:6379',
      'redis.sentinelName: must be given with sentinels, and only then',
      'services.0.uid.jwt.audiense: is unknown; did you mean audience?',
      'services.0.uid.jwt.jwksUrl: must be an https address; http only on this machine',
      'services.0.uid.jwt.audience: must be given',
      'services.1.nam: is unknown; did you mean name?',
      expect.stringMatching(/^services\.1\.clock: is unknown/),
      'services.1.name: must be given',
      'services.1.port: must be an integer from 1 to 65535',
      'services.1.path: must begin with /',
    ]);
  });

  it.each([
    ['a: [', /\.yaml: is not YAML at line 1/],
    ['- a', /\.yaml: must have options by their names/],
    ['', /\.yaml: must have options by their names/],
  ])('that is no such file is refused: %j', (text, problem) => {
    expect(faults(text)).toEqual([expect.stringMatching(problem)]);
  });

  it('that cannot be read is refused', () => {
    expect(() => read(['-c', join(folder, 'none.yaml')])).toThrow(/none\.yaml: cannot be read \(ENOENT\)/);
  });

  it.each([
    ['two Redis', `namespace: game\nredis: { url: "redis://a", cluster: ["a:1"] }\n${room}`, 'redis'],
    [
      'Sentinels without a name',
      `namespace: game\nredis: { sentinels: ["a:1"] }\n${room}`,
      'redis.sentinelName',
    ],
    ['no Redis in it', `namespace: game\nredis: {}\n${room}`, 'redis'],
    ['another scheme', `namespace: game\nredis: { url: "http://a" }\n${room}`, 'redis.url'],
    [
      'an open admin listener without a token',
      `${start}${room}admin: { listen: "0.0.0.0:1" }`,
      'admin.tokenFile',
    ],
    ['auth_request without the listener', `${start}${room}admin: false\nauthRequest: true`, 'authRequest'],
    ['no services', `${start}services: []`, 'services'],
    ['a service that is none', `${start}services: [room]`, 'services.0'],
    [
      'a service twice',
      `${start}services: [{ name: a, path: /a, uid: { path: 1 } }, { name: a, path: /b, uid: { path: 1 } }]`,
      'services.1',
    ],
    [
      'requests of two services',
      `${start}services: [{ name: a, uid: { path: 1 } }, { name: b, uid: { path: 1 } }]`,
      'services.1',
    ],
    [
      'a key file that is not there',
      `${start}services: [{ name: a, uid: { jwt: { claim: sub, algorithms: [HS256], issuer: i, audience: a, secret: ssssssssssssssssssssssssssssssss, publicKeyFile: /none } } }]`,
      'services.0.uid.jwt.publicKeyFile',
    ],
    [
      'networks that are none',
      `${start}services: [{ name: a, uid: { path: 1 }, allowAddress: [10.0.0.0/99] }]`,
      'services.0.allowAddress',
    ],
  ])('is refused: %s', (_, yaml, name) => {
    expect(faults(yaml).map((fault) => fault.split(':')[0])).toEqual([name]);
  });

  it('reads keys of tokens from files', () => {
    const secret = file('x'.repeat(40));
    const { services } = read([
      '-c',
      file(
        `${start}services: [{ name: a, uid: { jwt: { claim: sub, algorithms: [HS256], issuer: i, audience: a, secretFile: ${secret} } } }]`,
      ),
    ]);
    expect(services[0]!.options.uid).toMatchObject({ jwt: { secret: 'x'.repeat(40) } });
  });
});
