import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { HOST } from '@stateful-route/testkit/redis';

/** A proxy with faults. A connection that lost bytes is closed before more would pass: a stream must have no gaps. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Ends all faults. Held bytes are sent first. */
  pass(): void;
  /** Accepts and keeps connections, and passes nothing in either direction, not even their end. */
  blackhole(): void;
  /** Delays everything by `ms` in each direction. */
  delay(ms: number): void;
  /** Holds what is sent to the server until `pass()`. Replies to earlier commands pass. */
  hold(): void;
  /** Drops the server's replies. Requests pass. */
  dropReplies(): void;
  /** Closes a connection when its next reply arrives, and drops the reply. */
  cutOnReply(): void;
  /** Closes all connections, and new ones at once. */
  refuse(): void;
  /** Closes all current connections. */
  cut(): void;
  /** Sends new connections to another address. Closes current ones. */
  retarget(host: string, port: number): void;
  /** How many connections were accepted. */
  readonly connections: number;
  stop(): Promise<void>;
}

type Mode = 'pass' | 'delay' | 'blackhole' | 'hold' | 'dropReplies' | 'cutOnReply' | 'refuse';

/** Starts a proxy to a TCP server. */
export async function startProxy(host: string, port: number): Promise<TcpProxy> {
  const wires = new Set<Wire>();
  let target = { host, port };
  let mode: Mode = 'pass';
  let delayMs = 0;
  let connections = 0;
  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => {});
    if (mode === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    connections += 1;
    const far = connect({ ...target, noDelay: true });
    const wire: Wire = new Wire(near, far, () => wires.delete(wire));
    wire.set(mode, delayMs);
    wires.add(wire);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const own = (server.address() as AddressInfo).port;
  const set =
    (next: Mode) =>
    (ms = 0): void => {
      mode = next;
      delayMs = ms;
      for (const wire of wires) wire.set(next, ms);
    };
  const cut = (): void => {
    for (const wire of wires) wire.end();
  };
  return {
    host: HOST,
    port: own,
    url: `redis://${HOST}:${own}`,
    pass: () => set('pass')(),
    delay: set('delay'),
    blackhole: () => set('blackhole')(),
    hold: () => set('hold')(),
    dropReplies: () => set('dropReplies')(),
    cutOnReply: () => set('cutOnReply')(),
    refuse: () => set('refuse')(),
    cut,
    retarget: (nextHost, nextPort) => {
      target = { host: nextHost, port: nextPort };
      cut();
    },
    get connections() {
      return connections;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

/** One connection through the proxy. */
class Wire {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #ended: () => void;
  readonly #outward = new Lane();
  readonly #inward = new Lane();
  #mode: Mode = 'pass';
  /** Whether bytes were lost on it. */
  #hasGap = false;
  #held: (() => void)[] = [];

  constructor(near: Socket, far: Socket, ended: () => void) {
    this.#near = near;
    this.#far = far;
    this.#ended = ended;
    near.on('data', (data) => this.#toServer(() => far.write(data)));
    near.on('close', () => this.#toServer(() => far.end()));
    far.on('error', () => {});
    far.on('data', (data) => this.#toClient(() => near.write(data)));
    far.on('close', () => {
      if (this.#mode === 'blackhole') this.#hasGap = true;
      else this.#inward.pass(() => this.end());
    });
  }

  set(mode: Mode, delayMs: number): void {
    const before = this.#mode;
    this.#mode = mode;
    this.#outward.delayMs = delayMs;
    this.#inward.delayMs = delayMs;
    if (mode !== 'hold' && mode !== 'blackhole' && mode !== 'refuse') {
      for (const release of this.#held.splice(0)) this.#outward.pass(release);
    }
    // After a gap in the stream replies would be matched with other commands.
    const wouldContinue = this.#hasGap && mode !== before && mode !== 'blackhole';
    if (mode === 'refuse' || wouldContinue) this.end();
  }

  end(): void {
    this.#near.destroy();
    this.#far.destroy();
    this.#ended();
  }

  #toServer(pass: () => void): void {
    if (this.#mode === 'blackhole') this.#hasGap = true;
    else if (this.#mode === 'hold') this.#held.push(pass);
    else this.#outward.pass(pass);
  }

  #toClient(pass: () => void): void {
    if (this.#mode === 'cutOnReply') this.end();
    else if (this.#mode === 'blackhole' || this.#mode === 'dropReplies') this.#hasGap = true;
    else this.#inward.pass(pass);
  }
}

/** One direction of a connection. It keeps the order when the delay changes. */
class Lane {
  delayMs = 0;
  readonly #waiting: { readonly at: number; readonly pass: () => void }[] = [];

  pass(pass: () => void): void {
    if (this.delayMs === 0 && this.#waiting.length === 0) {
      pass();
      return;
    }
    const last = this.#waiting.at(-1)?.at ?? 0;
    this.#waiting.push({ at: Math.max(last, performance.now() + this.delayMs), pass });
    if (this.#waiting.length === 1) this.#wait();
  }

  #wait(): void {
    const next = this.#waiting[0];
    if (!next) return;
    setTimeout(() => {
      next.pass();
      this.#waiting.shift();
      this.#wait();
    }, next.at - performance.now());
  }
}
