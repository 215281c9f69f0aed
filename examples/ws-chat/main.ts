/**
 * A chat on bare `ws`. A room is the entity: its lines are in the memory of one pod, and everybody in it is connected to that
 * pod. When the room moves, its sockets close with 1012 after the save; clients connect again and find the room, with all lines
 * that they saw. See README.md for how to run it behind a gateway.
 */
import { createServer } from 'node:http';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, fromEnv, NOT_MINE } from '@stateful-route/driver';
import { createHost, probes, runUntilSignal } from '@stateful-route/host';
import { webSockets } from '@stateful-route/host/ws';
import { Redis } from 'ioredis';
import type { WebSocket } from 'ws';
import { tokenStorage } from '../token-storage/token-storage.ts';

const KEPT_LINES = 1_000;

const { REDIS_URL = 'redis://127.0.0.1:6379', POD_IP = '127.0.0.1', PORT = '8080' } = process.env;
const redis = new Redis(REDIS_URL);
const executors = createRedisExecutors({ url: REDIS_URL });
const route = createStatefulRoute({ ...fromEnv(), executors, address: `${POD_IP}:${PORT}` });
const rooms = tokenStorage(redis, 'rooms', (): { lines: string[] } => ({ lines: [] }));
const host = createHost(route, { ...rooms, saveAfter: 'use' });

const sockets = new Map<string, Set<WebSocket>>();
const server = createServer(probes(route));
const onSocket = webSockets(host, (socket, _request, stay) => {
  const present = sockets.get(stay.uid) ?? new Set();
  sockets.set(stay.uid, present);
  socket.on('close', () => present.delete(socket) && present.size === 0 && sockets.delete(stay.uid));
  // Whoever joins gets the lines before, and from then on each line once, in the room's order.
  const say = async (line?: string) => {
    const sending = await stay.use(({ lines }) => {
      if (line === undefined) {
        present.add(socket);
        return { to: [socket], lines: [...lines] };
      }
      lines.splice(0, lines.push(line) - KEPT_LINES);
      return { to: [...present], lines: [line] };
    });
    if (sending === NOT_MINE) return;
    for (const each of sending.to) for (const sent of sending.lines) each.send(sent);
  };
  const fail = () => socket.close(1011);
  say().catch(fail);
  socket.on('message', (data: Buffer) => void say(data.toString()).catch(fail));
});
server.on('upgrade', onSocket);
server.listen(Number(PORT), POD_IP);

await runUntilSignal(server, route, host);
await Promise.all([executors.close(), redis.quit()]);
