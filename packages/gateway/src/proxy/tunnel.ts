import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CancelTimer, Clock } from '@stateful-route/core';
import { closeFrame, FrameTracker, SERVICE_RESTART } from './frames.ts';

/** How long a client is given to close its side after it was told. */
const CLOSE_MS = 2_000;

/** The two ends of an upgraded connection. */
export interface TunnelEnds {
  readonly client: Duplex;
  readonly pod: Socket;
  /** Whether they speak WebSocket, so that the client can be told why the connection ends. */
  readonly isWebSocket: boolean;
}

/** An upgraded connection: bytes both ways, each way as fast as its reader. It belongs to one user and one pod for its life. */
export class Tunnel {
  readonly #client: Duplex;
  readonly #pod: Socket;
  readonly #frames: FrameTracker | undefined;
  readonly #clock: Clock;
  readonly #ended: () => void;
  /** Why the client is to be told to connect again, as soon as a frame ends. */
  #closeReason: string | undefined;
  #isClosing = false;
  #cancelTimer: CancelTimer | undefined;

  /** @param ended - called once, when the client's side has ended. */
  constructor(clock: Clock, { client, pod, isWebSocket }: TunnelEnds, ended: () => void) {
    this.#clock = clock;
    this.#client = client;
    this.#pod = pod;
    this.#frames = isWebSocket ? new FrameTracker() : undefined;
    this.#ended = ended;
  }

  /** @param fromPod - what the pod sent already; `fromClient` likewise. */
  open(fromPod: Buffer, fromClient: Buffer): void {
    const client = this.#client;
    const pod = this.#pod;
    pod.on('data', (chunk) => {
      this.#toClient(chunk);
    });
    client.on('data', (chunk: Buffer) => {
      if (!this.#isClosing && !pod.write(chunk)) client.pause();
    });
    pod.on('drain', () => {
      client.resume();
    });
    client.on('drain', () => {
      pod.resume();
    });
    client.on('end', () => {
      pod.end();
      if (this.#isClosing) client.destroy();
    });
    pod.on('end', () => {
      if (this.#frames) this.podGone('The server has gone away.');
      else client.end();
    });
    // What follows an error is a close.
    client.on('error', () => {});
    pod.on('error', () => {});
    pod.on('close', () => {
      this.podGone('The server has gone away.');
    });
    client.on('close', () => {
      this.#cancelTimer?.();
      pod.destroy();
      this.#ended();
    });
    if (fromPod.length > 0) this.#toClient(fromPod);
    if (fromClient.length > 0 && !pod.write(fromClient)) client.pause();
    if (client.destroyed) pod.destroy();
  }

  /** The pod serves this connection no more: the client is told to connect again, or in the middle of a frame is cut off. */
  podGone(reason: string): void {
    if (this.#isClosing) return;
    if (this.#frames === undefined && !this.#pod.destroyed) this.#finish();
    else if (this.#frames && !this.#frames.isBetween) this.#client.destroy();
    else this.#closeClient(reason);
  }

  /** Tells the client to connect again, at the end of the frame that is under way. */
  closeSoon(reason: string): void {
    if (this.#isClosing) return;
    if (this.#frames?.isBetween === false) this.#closeReason = reason;
    else this.#closeClient(reason);
  }

  /** Ends it as it is. */
  destroy(): void {
    this.#client.destroy();
    this.#pod.destroy();
  }

  #toClient(chunk: Buffer): void {
    if (this.#isClosing) return;
    this.#frames?.push(chunk);
    if (!this.#client.write(chunk)) this.#pod.pause();
    if (this.#closeReason !== undefined && this.#frames?.isBetween) this.#closeClient(this.#closeReason);
  }

  #closeClient(reason: string): void {
    // A pod that closes by itself has said why.
    if (this.#frames && !this.#frames.closes && this.#client.writable) {
      this.#client.write(closeFrame(SERVICE_RESTART, reason));
    }
    this.#finish();
  }

  #finish(): void {
    this.#isClosing = true;
    this.#client.end();
    this.#pod.destroy();
    // What the client still sends is for nobody. Its end is waited for.
    this.#client.resume();
    if (!this.#client.destroyed) {
      this.#cancelTimer = this.#clock.setTimeout(() => this.#client.destroy(), CLOSE_MS);
    }
  }
}
