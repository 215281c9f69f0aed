import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire that can be damaged. */
export interface TcpProxy {
  readonly port: number;
  readonly url: string;
  /** From now on the server's replies are dropped, and so is, if wanted, the connection when the first one comes. */
  swallowReplies(then?: 'cut'): void;
  /** From now on what is sent to the server waits until everything passes again. */
  hold(): void;
  /** Everything passes again. */
  pass(): void;
  /** How many connections were made through it. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** A proxy before a TCP server. */
export async function tcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: 'pass' | 'swallow' | 'cut' | 'hold' = 'pass';
  let connections = 0;
  const held: (() => void)[] = [];
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    connections += 1;
    const far = connect(port, host);
    keep(near);
    keep(far);
    near
      .on('data', (data) => {
        if (mode === 'hold') held.push(() => far.write(data));
        else far.write(data);
      })
      .on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    far.on('data', (data) => {
      if (mode === 'pass') near.write(data);
      else if (mode === 'cut') near.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    url: `redis://127.0.0.1:${own}`,
    swallowReplies(then) {
      mode = then ?? 'swallow';
    },
    hold() {
      mode = 'hold';
    },
    pass() {
      mode = 'pass';
      for (const release of held.splice(0)) release();
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
