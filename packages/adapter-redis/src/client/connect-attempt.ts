import { connectionFaultsOf, isEndOfRound } from './connection-faults.ts';
import type { RedisClient } from './redis-client.ts';

/** Attempts of clients to connect. All calls wait for the same one, so that a client gets one listener. */
export class ConnectAttempts {
  readonly #pending = new Map<RedisClient, Promise<void>>();

  /**
   * Resolves when a client that is not ready has connected. Rejects as soon as the present attempt fails, or, on a client
   * that has made none yet, the first one: a caller learns why, and may wait for the next one by a new call.
   */
  next(client: RedisClient): Promise<void> {
    const { status } = client;
    if (status !== 'wait' && status !== 'connecting' && status !== 'connect') {
      return Promise.reject(connectionFaultsOf(client).error());
    }
    const pending = this.#pending.get(client);
    if (pending) return pending;
    const attempt = outcome(client).finally(() => this.#pending.delete(client));
    this.#pending.set(client, attempt);
    return attempt;
  }
}

function outcome(client: RedisClient): Promise<void> {
  const faults = connectionFaultsOf(client);
  return new Promise((resolve, reject) => {
    const end = (): void => {
      client.off('ready', succeed).off('error', note).off('close', fail).off('end', fail);
    };
    const succeed = (): void => {
      end();
      resolve();
    };
    // The first attempt may have been made before anybody listened to its reasons.
    let unknown = 0;
    const fail = (): void => {
      if (!faults.areKnown && unknown++ === 0 && client.status !== 'end') return;
      end();
      reject(faults.error());
    };
    const note = (error: Error): void => {
      if (isEndOfRound(error)) fail();
    };
    client.on('ready', succeed).on('error', note).on('close', fail).on('end', fail);
    // The events above report a failure.
    if (client.status === 'wait') client.connect().catch(() => {});
  });
}
