import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressRule } from '../../src/program/address-rule.ts';
import { serviceChooser } from '../../src/program/choose-service.ts';
import { isLoopback } from '../../src/program/loopback.ts';

function service(name: string, hosts: readonly string[], paths: readonly string[]) {
  return { config: { name, hosts, paths, options: { uid: { path: 0 } } } };
}

const ask = (host: string | undefined, url: string): IncomingMessage =>
  ({ headers: { host }, url }) as IncomingMessage;

describe('the service of a request', () => {
  const choose = serviceChooser([
    service('rooms', [], ['/rooms']),
    service('old-rooms', [], ['/rooms/old']),
    service('chat', ['chat.example', '[::1]'], []),
    service('chat-rooms', ['chat.example'], ['/rooms']),
  ]);

  it.each([
    ['a.example', '/rooms', 'rooms'],
    ['a.example', '/rooms/ada?x', 'rooms'],
    ['a.example', '/rooms?x=/rooms/old', 'rooms'],
    ['a.example', '/rooms/old/ada', 'old-rooms'],
    ['a.example', '/rooms/older', 'rooms'],
    ['a.example', '/roomsize', undefined],
    ['a.example', '/', undefined],
    [undefined, '/rooms/', 'rooms'],
    ['chat.example', '/', 'chat'],
    ['CHAT.example:8080', '/rooms/ada', 'chat-rooms'],
    ['chat.example', '/rooms/old/ada', 'chat-rooms'],
    ['[::1]:80', '/x', 'chat'],
    ['chat.example.eve', '/', undefined],
  ])('%s%s', (host, url, expected) => {
    expect(choose(ask(host, url))?.config.name).toBe(expected);
  });

  it('is the only one that takes all', () => {
    expect(serviceChooser([service('room', [], [])])(ask(undefined, '*'))?.config.name).toBe('room');
  });
});

describe('the addresses that may be called', () => {
  const rule = addressRule(['10.0.0.0/8', 'fd00::/8', '192.168.1.1', '*.room.game.svc', 'pod.example'])!;

  it.each([
    ['10.1.2.3:8080', true],
    ['11.1.2.3:8080', false],
    ['192.168.1.1:1', true],
    ['192.168.1.2:1', false],
    ['[fd00::1]:80', true],
    ['[fe80::1]:80', false],
    ['[::ffff:10.0.0.1]:80', true],
    ['http://10.0.0.1:80', true],
    ['0x0a000001:80', true],
    ['room-0.room.game.svc:80', true],
    ['.room.game.svc:80', false],
    ['room.game.svc:80', false],
    ['room-0.room.game.svc.eve:80', false],
    ['POD.example:80', true],
    ['10.1.2.3', true],
    ['fd00::2', true],
    ['::ffff:10.0.0.1', true],
    ['::ffff:11.0.0.1', false],
    ['eve@10.0.0.1.eve:80', false],
    ['', false],
  ])('%s: %s', (address, allowed) => {
    expect(rule(address)).toBe(allowed);
  });

  it.each([
    [[]],
    [['10.0.0.0/33']],
    [['10.0.0']],
    [['a b']],
    [['http://a']],
    [[1]],
    ['10.0.0.0/8'],
    [['10.0.0.0/']],
  ])('cannot be %j', (list) => {
    expect(addressRule(list)).toBeUndefined();
  });
});

describe('the host of a listener', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['LOCALHOST', true],
    ['0.0.0.0', false],
    ['::', false],
    ['localhost.eve', false],
    ['10.0.0.1', false],
  ])('%s is on the loopback interface: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
