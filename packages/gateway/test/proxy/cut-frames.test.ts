import { seededRandom } from '@stateful-route/core/testing';
import { expect, it } from 'vitest';
import { closeFrame } from '../../src/proxy/frames.ts';
import { rawPod, sendRaw, startFleet } from './fleet.ts';

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const ACCEPTED = Buffer.from(
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
);

/** Frames of a server, of every form of length. */
const FRAMES = [0, 3, 125, 126, 1_000, 65_536].map((length) => {
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  const short = length < 126 ? length : extended.length === 2 ? 126 : 127;
  return Buffer.concat([Buffer.from([0x82, short]), extended, Buffer.alloc(length, 0x81)]);
});

it('a pod that goes away after any byte: 1012 after a whole frame, the end of the connection in the middle of one', async () => {
  const random = seededRandom(7);
  const bytes = Buffer.concat(FRAMES);
  const ends = new Set<number>([0]);
  let end = 0;
  for (const frame of FRAMES) ends.add((end += frame.length));
  // All ends and what is around them, and random places.
  const around = [...ends].flatMap((at) => [at - 1, at, at + 1, at + 2, at + 3]);
  const places = [...around, ...Array.from({ length: 20 }, () => Math.floor(random() * bytes.length))];
  let place = 0;
  let resets = false;
  const pod = await rawPod((socket) => {
    socket.once('data', () => {
      const pieces: Buffer[] = [];
      for (let at = 0; at < place;) {
        const to = Math.min(place, at + 1 + Math.floor(random() * 20_000));
        pieces.push(bytes.subarray(at, to));
        at = to;
      }
      // Some come with the head of the answer.
      socket.write(random() < 0.5 ? ACCEPTED : Buffer.concat([ACCEPTED, pieces.shift() ?? Buffer.alloc(0)]));
      for (const piece of pieces) socket.write(piece);
      // A reset may overtake what was written, so it waits until the client has it.
      if (!resets) socket.end();
    });
  });
  await using fleet = await startFleet([pod.address]);
  for (place of places.filter((at) => at >= 0 && at <= bytes.length)) {
    resets = random() < 0.5;
    const received = await sendRaw(fleet.port, HANDSHAKE, (text) => {
      const body = text.length - text.indexOf('\r\n\r\n') - 4;
      if (resets && body === place) for (const socket of pod.sockets) socket.resetAndDestroy();
      return false;
    });
    const body = Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1');
    const told = body.subarray(place);
    expect([place, body.subarray(0, place).equals(bytes.subarray(0, place))]).toEqual([place, true]);
    if (ends.has(place))
      expect([place, told.subarray(2, 4)]).toEqual([place, closeFrame(1012, '').subarray(2, 4)]);
    else expect([place, told.length]).toEqual([place, 0]);
  }
});
