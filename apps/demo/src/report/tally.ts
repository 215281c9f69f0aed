import type { Outcome } from '../gateway/gateway.ts';

/** What the gateways counted for a pod. */
export interface PodTally {
  readonly podId: number;
  /** How many different users it served. */
  readonly users: number;
  /** How many requests it served. */
  readonly requests: number;
}

/** Counts the results of requests. */
export class Tally {
  requests = 0;
  served = 0;
  failed = 0;
  misroutes = 0;
  malformed = 0;
  /** How many requests have failed since the last served one. */
  failedInARow = 0;
  lastError: unknown;
  readonly #users = new Set<string>();
  readonly #pods: readonly { readonly users: Set<string>; requests: number }[];

  constructor(pods: number) {
    this.#pods = Array.from({ length: pods }, () => ({ users: new Set<string>(), requests: 0 }));
  }

  get users(): number {
    return this.#users.size;
  }

  get uids(): string[] {
    return [...this.#users];
  }

  get pods(): readonly PodTally[] {
    return this.#pods.map(({ users, requests }, podId) => ({ podId, users: users.size, requests }));
  }

  arrived(uid: string): void {
    this.requests += 1;
    this.#users.add(uid);
  }

  ended(uid: string, outcome: Outcome): void {
    if (!outcome.served) {
      this.failed += 1;
      this.failedInARow += 1;
      this.lastError = outcome.error;
      return;
    }
    const { podId, held, ownerSeen } = outcome.served;
    this.served += 1;
    this.failedInARow = 0;
    // Another pod than the called one answered, or one that did not hold the user, or one that is not the directory's owner.
    if (podId !== outcome.calledPodId || !held || ownerSeen !== podId) this.misroutes += 1;
    const pod = this.#pods[podId];
    pod?.users.add(uid);
    if (pod) pod.requests += 1;
  }
}
