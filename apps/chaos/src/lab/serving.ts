import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenStorage } from '@stateful-route/harness';
import type { PodRoute } from './lab.ts';

/** An application that writes for each user while its pod holds the user. */
export class Serving {
  readonly #pod: PodRoute;
  readonly #podId: number;
  readonly #storage: TokenStorage;
  readonly #tokens = new Map<string, number>();
  #going = true;
  #done: Promise<void>;

  constructor(pod: PodRoute, podId: number, storage: TokenStorage, everyMs: number = 10) {
    this.#pod = pod;
    this.#podId = podId;
    this.#storage = storage;
    pod.server.on('unfenced', ({ claims }) => {
      for (const { uid, token } of claims) this.#tokens.set(uid, token);
    });
    this.#done = this.#serve(everyMs);
  }

  /** Claims the user and registers the token. Returns false if another pod holds the user. */
  async accept(uid: string): Promise<boolean> {
    const claim = await this.#pod.server.claim(uid);
    if (!claim.claimed) return false;
    this.#tokens.set(uid, claim.token);
    this.#serveOne(uid, claim.token);
    return true;
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
  }

  async #serve(everyMs: number): Promise<void> {
    while (this.#going) {
      for (const [uid, token] of this.#tokens) this.#serveOne(uid, token);
      await sleep(everyMs);
    }
  }

  #serveOne(uid: string, token: number): void {
    if (this.#pod.server.holds(uid)) this.#storage.write(uid, this.#podId, token);
  }
}
