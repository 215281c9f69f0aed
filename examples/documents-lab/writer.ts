import { HocuspocusProvider, HocuspocusProviderWebsocket, MessageType } from '@hocuspocus/provider';
import { WebSocket } from 'ws';
import { Doc } from 'yjs';

/** How fast a provider reconnects. */
const RECONNECT = { delay: 50, minDelay: 50, maxDelay: 1_000 };

/** One that is closed while it connects: the provider listens for its error no more. */
class Socket extends WebSocket {
  constructor(url: string) {
    super(url);
    this.on('error', () => {});
  }
}

/** Where a writer writes, and how. */
export interface WriterOptions {
  /** The gateway's address, with `ws:`. */
  readonly url: string;
  readonly document: string;
  readonly name: string;
  readonly everyMs: number;
  /** Leaves for good when its connection is closed as it writes: then only the pod has what was acknowledged. */
  readonly leavesAtClose?: boolean | undefined;
}

/** From the last acknowledgement before a connection was closed to the first after it, in ms of the monotonic clock. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A real provider that writes one mark after the other into its document. Each mark is unique. */
export class Writer {
  readonly document: string;
  /** All marks that it has written. */
  readonly written: string[] = [];
  /** Each time that its connection was closed. */
  readonly gaps: Gap[] = [];
  /** The longest time between two acknowledgements, in ms. To be set to 0 when a fault begins. */
  longestSilenceMs = 0;
  /** How many of its first marks were acknowledged when it left. */
  acknowledgedAtClose: number | undefined;
  readonly #name: string;
  readonly #everyMs: number;
  readonly #provider: HocuspocusProvider;
  #timer: NodeJS.Timeout | undefined;
  #lastAcknowledged: number | undefined;
  #closedSince: number | undefined;

  constructor({ url, document, name, everyMs, leavesAtClose = false }: WriterOptions) {
    this.document = document;
    this.#name = name;
    this.#everyMs = everyMs;
    const socket = new HocuspocusProviderWebsocket({
      url: `${url}/documents/${document}`,
      WebSocketPolyfill: Socket,
      ...RECONNECT,
    });
    this.#provider = new HocuspocusProvider({
      websocketProvider: socket,
      name: document,
      document: new Doc(),
      onMessage: ({ message }) => {
        message.readVarString();
        if (message.readVarUint() === MessageType.SyncStatus) this.#acknowledged();
      },
      onClose: () => {
        if (leavesAtClose && this.#timer) this.#leaveNow();
        else this.#closedSince ??= this.#lastAcknowledged;
      },
    });
    this.#provider.attach();
  }

  /** The marks of all writers, as far as they are known here. */
  marks(): string[] {
    return marksOf(this.#provider.document);
  }

  /** Connected, and everything that it has written is acknowledged. */
  get isSynced(): boolean {
    return this.#provider.isSynced && !this.#provider.hasUnsyncedChanges;
  }

  /** Writes from now on, at a moment of its own: people do not type in step. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.write();
      this.#timer = setInterval(() => this.write(), this.#everyMs);
    }, this.#everyMs * Math.random());
  }

  write(): void {
    const mark = `${this.#name}-${this.written.length}`;
    this.written.push(mark);
    this.#provider.document.getArray<string>('marks').push([mark]);
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Closes its connection, as a network does, and connects again. */
  reconnect(): void {
    this.#provider.configuration.websocketProvider.webSocket?.close();
  }

  leave(): void {
    this.pause();
    this.#provider.destroy();
    this.#provider.configuration.websocketProvider.destroy();
  }

  #leaveNow(): void {
    // Acknowledgements come in the order of the marks.
    this.acknowledgedAtClose ??= this.written.length - this.#provider.unsyncedChanges;
    this.leave();
  }

  #acknowledged(): void {
    const now = performance.now();
    this.longestSilenceMs = Math.max(this.longestSilenceMs, now - (this.#lastAcknowledged ?? now));
    this.#lastAcknowledged = now;
    if (this.#closedSince === undefined) return;
    this.gaps.push({ from: this.#closedSince, to: now });
    this.#closedSince = undefined;
  }
}

export function marksOf(document: Doc): string[] {
  return document.getArray<string>('marks').toArray();
}
