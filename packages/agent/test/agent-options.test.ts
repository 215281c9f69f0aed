import { isRouteError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { readAgentOptions } from '../src/program/agent-options.ts';

const ENV = { POD_NAMESPACE: 'game', POD_NAME: 'room-2', REDIS_URL: 'redis://127.0.0.1' };
const silent = { out: () => {}, err: () => {} };

function faultsOf(args: readonly string[], env: Readonly<Record<string, string>> = ENV): readonly string[] {
  let printed = '';
  try {
    readAgentOptions(args, env, { out: () => {}, err: (text) => (printed += text) });
    return [];
  } catch (error) {
    if (!isRouteError(error, 'INVALID_CONFIG')) return [printed];
    return error.faults.map(({ name, problem }) => `${name} ${problem}`);
  }
}

describe('the options of the agent', () => {
  it('come from Kubernetes, the environment, or the command line', () => {
    const args = [
      '--exec',
      '--max-users',
      '9',
      '--config',
      '{"leaseSeconds":20}',
      '--',
      'python3',
      'app.py',
      '--port',
      '1',
    ];
    expect(readAgentOptions(args, ENV, silent)).toMatchObject({
      redis: 'redis://127.0.0.1',
      pod: { namespace: 'game', serviceName: 'room', podId: 2 },
      config: { leaseSeconds: 20, maxUsers: 9 },
      socket: undefined,
      command: ['python3', 'app.py', '--port', '1'],
    });
    const env = { STATEFUL_ROUTE_REDIS: 'redis://a', STATEFUL_ROUTE_SOCKET: '/run/a', HOSTNAME: 'node-7' };
    const place = ['--namespace', 'lobby', '--service', 'chat', '--ordinal', '5'];
    expect(readAgentOptions(place, env, silent)).toMatchObject({
      redis: 'redis://a',
      pod: { namespace: 'lobby', serviceName: 'chat', podId: 5 },
      socket: '/run/a',
      command: undefined,
    });
    // An ordinal that is given beats that of the name.
    expect(readAgentOptions([...place, '--socket', 'x'], ENV, silent).pod.podId).toBe(5);
  });

  it.each([
    [['--listen', '127.0.0.1:0'], '--token-file must be given'],
    [['--listen', '0.0.0.0:80', '--token-file', 'x'], 'a port of this machine alone'],
    [['--listen', '127.0.0.1:80', '--token-file', 'x', '--socket', 'y'], '--socket excludes --listen'],
    [['--socket', 'x', '--config', '{"leaseSecond":1}'], 'did you mean leaseSeconds'],
    [['--socket', 'x', '--config', '[]'], 'It must be a JSON object'],
    [['--socket', 'x', '--ordinal', '1.5'], 'a whole number'],
    [['--socket', 'x', '--health', 'localhost:1'], 'http:// or https://'],
    [['--exec'], '--exec needs a command'],
    [['--socket', 'x', '--', 'python3'], '--exec must stand before'],
    [[], '--socket must be given'],
    [['--sockets', 'x'], 'unknown option'],
  ])('%j', (args, words) => {
    expect(faultsOf(args).join()).toContain(words);
  });

  it('are all named at once', () => {
    expect(faultsOf(['--config', '{"leaseSecond":1}'], {})).toHaveLength(5);
  });
});
