import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire that can be damaged. */
export interface TcpProxy {
  readonly port: number;
  readonly url: string;
  /** From now on the server's replies are held back. */
  holdReplies(): void;
  /** From now on a reply is dropped, and its connection with it. */
  cutAtReply(): void;
  /** Replies pass again, and those first that were held back. */
  pass(): void;
  /** How many connections were made through it. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** A proxy before a TCP server. */
export async function tcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: 'pass' | 'hold' | 'cut' = 'pass';
  const held: (() => void)[] = [];
  let connections = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    connections += 1;
    const far = connect(port, host);
    keep(near);
    keep(far);
    near.on('data', (data) => far.write(data)).on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    far.on('data', (data) => {
      if (mode === 'pass') near.write(data);
      else if (mode === 'cut') near.destroy();
      else held.push(() => near.write(data));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    url: `redis://127.0.0.1:${own}`,
    holdReplies() {
      mode = 'hold';
    },
    cutAtReply() {
      mode = 'cut';
    },
    pass() {
      mode = 'pass';
      for (const write of held.splice(0)) write();
    },
    get connections() {
      return connections;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
