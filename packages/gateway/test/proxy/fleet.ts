import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { createGateway } from '../../src/create-gateway.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway.ts';

/** A server of a pod, and how many connections were made to it. */
export interface PodServer {
  readonly address: string;
  readonly sockets: Set<Socket>;
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface Fleet extends AsyncDisposable {
  readonly route: TestRoute;
  readonly gateway: Gateway;
  readonly server: Server;
  readonly port: number;
  readonly logged: readonly Line[];
}

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export async function httpPod(
  listener: RequestListener,
  prepare?: (server: Server) => void,
): Promise<PodServer> {
  const server = createServer(listener);
  prepare?.(server);
  return listening(server);
}

/** A pod that speaks whatever the test says. */
export async function rawPod(onSocket: (socket: Socket, count: number) => void): Promise<PodServer> {
  let count = 0;
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket, (count += 1));
  });
  return listening(server);
}

async function listening(server: TcpServer): Promise<PodServer> {
  const sockets = new Set<Socket>();
  let made = 0;
  server.on('connection', (socket: Socket) => {
    made += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    connections: () => made,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** An address at which nobody listens. */
export async function deadAddress(): Promise<string> {
  const pod = await rawPod(() => {});
  await pod.close();
  return pod.address;
}

/** Pods at these addresses, and a gateway in front of them. The uid is in the header `x-user`. */
export async function startFleet(
  addresses: readonly string[],
  options: Partial<GatewayOptions> = {},
): Promise<Fleet> {
  const route = await createTestRoute({ pods: addresses.map((address) => ({ address })) });
  const logged: Line[] = [];
  const log =
    (level: string) =>
    (fields: object, message: string): void => {
      logged.push({ level, fields: { ...fields }, message });
    };
  const gateway = createGateway(route.gateway, {
    service: 'room',
    uid: { header: 'x-user' },
    closeSpreadMs: 0,
    clock: route.clock,
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    ...options,
  });
  const server = createServer(gateway.request);
  server.on('checkContinue', gateway.request);
  server.on('upgrade', gateway.upgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    route,
    gateway,
    server,
    port: (server.address() as AddressInfo).port,
    logged,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      const closed = gateway.close();
      await route.advance(10_000);
      await closed;
      await route.stop();
    },
  };
}

/** Makes a user's link a claim of the pod, and the gateway know it. */
export async function hold(fleet: Fleet, uid: string, podId: number): Promise<void> {
  await fleet.route.pods[podId]!.server.claim(uid);
  await fleet.route.gateway.service('room').locate(uid);
}

export interface Reply {
  readonly status: number;
  readonly message: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly trailers: IncomingMessage['trailers'];
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly uid?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** Sends a request and reads all of its answer. Rejects if that was cut. */
export async function send(
  fleet: Fleet,
  { method = 'GET', path = '/', uid = 'ada', headers, body }: Sent = {},
): Promise<Reply> {
  const sending = sendRequest({
    port: fleet.port,
    host: '127.0.0.1',
    agent: false,
    method,
    path,
    headers: { 'x-user': uid, ...headers },
  });
  sending.end(body);
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  return readReply(answer);
}

export async function readReply(answer: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const { statusCode = 0, statusMessage = '', headers, rawHeaders, trailers } = answer;
  return {
    status: statusCode,
    message: statusMessage,
    headers,
    rawHeaders,
    trailers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** Begins a request of ada's. Its errors are ignored. */
export function begin(
  fleet: Fleet,
  headers: Readonly<Record<string, string | number | undefined>> = {},
  method = 'POST',
  path = '/',
): ClientRequest {
  const { port } = fleet;
  const sending = sendRequest({ port, host: '127.0.0.1', agent: false, method, path });
  for (const [name, value] of Object.entries({ 'x-user': 'ada', ...headers })) {
    if (value !== undefined) sending.setHeader(name, value);
  }
  sending.on('error', () => {});
  return sending;
}

export async function replyTo(sending: ClientRequest): Promise<Reply> {
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  return readReply(answer);
}

/** Sends bytes, and reads until the gateway ends the connection. */
export async function sendRaw(
  port: number,
  text: string | Buffer,
  until?: (received: string) => boolean,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('error', () => {});
  socket.write(text);
  socket.setEncoding('latin1');
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (until?.(received)) resolve();
    });
    socket.on('close', () => resolve());
  });
  socket.destroy();
  return received;
}

/** Waits for an event of the outside, at most ten seconds. */
export async function until(isSo: () => boolean, what = 'what was waited for'): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** Advances the clock until the work has ended. */
export async function passTimeUntil(fleet: Fleet, work: Promise<unknown>): Promise<void> {
  const ended = work.then(
    () => true,
    () => true,
  );
  const later = async (): Promise<boolean> => {
    await fleet.route.advance(50);
    return false;
  };
  while (!(await Promise.race([ended, later()])));
}
