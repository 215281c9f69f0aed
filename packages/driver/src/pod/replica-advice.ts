import type { ReplicaTarget, ServiceStateRead } from '@stateful-route/core';
import { desiredReplicas, type ReplicaState } from '@stateful-route/core/adapter';

/** How many pods a service should have, as the pod that leads it works it out. */
export class ReplicaAdvice {
  readonly #target: ReplicaTarget | undefined;
  #state: ReplicaState | undefined;

  constructor(target: ReplicaTarget | undefined) {
    this.#target = target;
  }

  /** What was worked out last; `undefined` without a target, and unless this pod leads. */
  get replicas(): number | undefined {
    return this.#state?.replicas;
  }

  /** Works it out from a reading. Call it in each period. */
  take(read: ServiceStateRead): number | undefined {
    if (this.#target) ({ state: this.#state } = desiredReplicas(this.#state, read, this.#target));
    return this.replicas;
  }

  /** The pod does not lead. A leader remembers what was needed lately, and that is another pod's now. */
  forget(): void {
    this.#state = undefined;
  }
}
