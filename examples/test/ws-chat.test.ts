import { once } from 'node:events';
import { testRedis, type TestRedis } from '@stateful-route/testkit/redis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ExampleService } from './service.ts';

const TEST_WITHIN_MS = 120_000;
const ROOMS = 6;
const GUESTS = 3;
/** Long enough for the pods to end in turn meanwhile. */
const PAUSE_MS = 20;

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.stop());

/**
 * A client in a room. It sends one line at a time, and waits until the room sends it back. When its socket closes, it connects
 * again, and sends the line again if the room does not have it.
 */
class Guest {
  /** The lines that came since the socket opened: first all lines of the room before. */
  heard: string[] = [];
  readonly said: string[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  readonly #url: string;
  readonly #name: string;
  #socket: WebSocket | undefined;
  #leaves = false;

  constructor(gateway: string, room: string, name: string) {
    this.#url = `${gateway.replace('http', 'ws')}/rooms/${room}`;
    this.#name = name;
  }

  async join(): Promise<void> {
    const socket = new WebSocket(this.#url);
    this.heard = [];
    socket.on('message', (line: Buffer) => this.heard.push(line.toString()));
    await once(socket, 'open');
    this.#socket = socket;
    socket.once('close', (code: number, reason: Buffer) => {
      this.closes.push({ code, reason: reason.toString() });
      this.#socket = undefined;
    });
  }

  async talkUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const line = `${this.#name} ${this.said.length}`;
      await this.say(line);
      this.said.push(line);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.#leaves = true;
    this.#socket?.close();
  }

  async say(line: string): Promise<void> {
    while (!this.heard.includes(line)) {
      if (!this.#socket) await this.join();
      const socket = this.#socket;
      // The lines before come first: one of them may be this line.
      await this.#heardOrClosed((heard) => heard.length > 0, socket, 200);
      if (this.heard.includes(line)) return;
      socket?.send(line);
      await this.#heardOrClosed((heard) => heard.includes(line), socket, 20_000);
    }
  }

  async #heardOrClosed(
    isHeard: (heard: readonly string[]) => boolean,
    socket: WebSocket | undefined,
    timeout: number,
  ): Promise<void> {
    const ended = () => isHeard(this.heard) || socket !== this.#socket || this.#leaves;
    await vi.waitUntil(ended, { timeout, interval: 5 }).catch(() => {});
  }
}

it(
  'no line is lost or said twice while the pods end in turn, and sockets close with 1012',
  async () => {
    await using service = new ExampleService(redis.url, 'ws-chat/main.ts');
    const first = await service.startPod(0);
    const second = await service.startPod(1);
    const { url } = await service.startGateway('path:1');
    const rooms = Array.from({ length: ROOMS }, (_, nth) => `${service.namespace}-${nth}`);
    const guests = rooms.flatMap((room) =>
      Array.from({ length: GUESTS }, (_, nth) => ({ room, guest: new Guest(url, room, `guest-${nth}`) })),
    );
    const over = new AbortController();
    const traffic = Promise.all(guests.map(({ guest }) => guest.talkUntil(over.signal)));
    await vi.waitFor(() => expect(guests.every(({ guest }) => guest.said.length > 0)).toBe(true), 20_000);

    await service.stopPod(first);
    await service.startPod(2);
    await service.stopPod(second);
    over.abort();
    await traffic;

    const late = new Map<string, Guest>();
    expect(new Set(await service.podsOf(rooms))).toEqual(new Set([2]));
    for (const room of rooms) {
      const guest = new Guest(url, room, 'late');
      await guest.say('all heard?');
      late.set(room, guest);
    }
    for (const { room, guest } of guests) {
      expect(guest.said.length).toBeGreaterThan(3);
      const own = late.get(room)!.heard.filter((line) => line.startsWith(guest.said[0]!.slice(0, -1)));
      expect(own).toEqual(guest.said);
      const codes = guest.closes.filter(({ code }) => code !== 1005);
      expect(codes.length).toBeGreaterThan(0);
      expect(codes.map(({ code }) => code)).toEqual(codes.map(() => 1012));
    }
  },
  TEST_WITHIN_MS,
);
