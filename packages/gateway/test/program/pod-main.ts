import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute } from '@stateful-route/driver';
import { WebSocketServer } from 'ws';

/** A pod of the tests: it claims who is sent to it, and counts what they send. Ends at SIGTERM, after a drain. */
const [url = '', namespace = '', podId = '0'] = process.argv.slice(2);

const counts = new Map<string, number>();
const held: ServerResponse[] = [];
const sockets = new WebSocketServer({ noServer: true });

const server = createServer((request, response) => void answer(request, response));
server.on('upgrade', (request, socket, head) => {
  void mine(request).then((uid) => {
    if (uid === undefined) socket.end('HTTP/1.1 421 Misdirected Request\r\nstateful-route: not-mine\r\n\r\n');
    else {
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('message', (text: Buffer) => client.send(`${podId} ${uid} ${text.toString()}`));
      });
    }
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const executors = createRedisExecutors({ url });
const route = createStatefulRoute({
  executors,
  namespace,
  serviceName: 'room',
  podId: Number(podId),
  address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
  config: { replicaTarget: { usersPerPod: 100, min: 3 } },
  drain: { onHandOff: () => {} },
});
await route.start();
process.send!({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` });

process.once('SIGTERM', () => {
  void (async () => {
    await route.stop();
    server.close();
    server.closeAllConnections();
    await executors.close();
    process.disconnect();
  })();
});
process.on('message', (message) => {
  if (message === 'empty') void route.server.drain().then(() => process.send!('emptied'));
  if (message === 'release') for (const response of held.splice(0)) response.end('held');
});

async function mine(request: IncomingMessage): Promise<string | undefined> {
  const uid = decodeURIComponent(String(request.headers['stateful-route-uid']));
  if (route.server.holds(uid)) return uid;
  return (await route.server.claim(uid)).claimed ? uid : undefined;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const uid = await mine(request);
  if (uid === undefined) {
    response.writeHead(421, { 'stateful-route': 'not-mine' }).end();
    return;
  }
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  await once(request, 'end');
  if (request.url?.endsWith('/hold')) {
    held.push(response);
    response.writeHead(200).flushHeaders();
    process.send!({ held: uid });
    return;
  }
  const count = (counts.get(uid) ?? 0) + 1;
  counts.set(uid, count);
  const { method, url: path } = request;
  const forwarded = request.headers['x-forwarded-for'];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ podId: Number(podId), uid, count, method, path, length, forwarded }));
}
