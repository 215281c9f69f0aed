import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { HOST } from '@stateful-route/testkit/redis';

/** A wire that can be damaged. A connection that lost something on it ends when anything would pass again, as no stream has holes. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Everything passes again, as it does at first; what was held goes first. */
  pass(): void;
  /** Connections are accepted and kept, and nothing passes either way, not even their end. */
  blackhole(): void;
  /** Everything passes, so many ms later in each direction. */
  delay(ms: number): void;
  /** What is sent to the server waits until all passes again; replies to what came before pass. */
  hold(): void;
  /** The server's replies are lost; requests pass. */
  dropReplies(): void;
  /** A connection ends when a reply comes on it; the reply is lost. */
  cutOnReply(): void;
  /** All connections end, and new ones at once. */
  refuse(): void;
  /** Ends all present connections. */
  cut(): void;
  /** New connections go there; present ones end. */
  retarget(host: string, port: number): void;
  /** How many connections were accepted and not refused. */
  readonly connections: number;
  stop(): Promise<void>;
}

type Mode = 'pass' | 'delay' | 'blackhole' | 'hold' | 'dropReplies' | 'cutOnReply' | 'refuse';

/** A proxy before a TCP server. */
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
  /** Something was lost on it. */
  #holed = false;
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
      if (this.#mode === 'blackhole') this.#holed = true;
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
    // Nothing may follow on a stream that has a hole: replies would be taken for those of other commands.
    const wouldGoOn = this.#holed && mode !== before && mode !== 'blackhole';
    if (mode === 'refuse' || wouldGoOn) this.end();
  }

  end(): void {
    this.#near.destroy();
    this.#far.destroy();
    this.#ended();
  }

  #toServer(pass: () => void): void {
    if (this.#mode === 'blackhole') this.#holed = true;
    else if (this.#mode === 'hold') this.#held.push(pass);
    else this.#outward.pass(pass);
  }

  #toClient(pass: () => void): void {
    if (this.#mode === 'cutOnReply') this.end();
    else if (this.#mode === 'blackhole' || this.#mode === 'dropReplies') this.#holed = true;
    else this.#inward.pass(pass);
  }
}

/** One direction of a wire: what passes keeps its order, however the delay changes. */
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
