import type {
  CancelTimer,
  Clock,
  RouteInfoDriver,
  RoutingStateChange,
  ServiceHandle,
  Snapshot,
  StatefulServiceState,
  Unregister,
} from '@stateful-route/core';
import { hasEnded, leaseMsOf } from '@stateful-route/core/adapter';
import type { Tunnel } from './tunnel.ts';

const POD_GONE = 'The server of this connection has gone. Connect again.';
const CLOSING = 'The gateway is closing. Connect again.';

/** A tunnel and the pod at its end. */
interface OpenTunnel {
  readonly tunnel: Tunnel;
  /** The pod's life when it was opened; `undefined` until that is known. */
  incarnation: string | undefined;
}

interface TunnelsOf {
  readonly podId: number;
  readonly service: ServiceHandle;
  readonly open: Set<OpenTunnel>;
}

/** The open tunnels, by their pods. It ends those of a pod that is dead, or lives another life. */
export class Tunnels {
  readonly #clock: Clock;
  readonly #routeInfo: RouteInfoDriver;
  readonly #byPod = new Map<string, TunnelsOf>();
  /** By namespace. */
  readonly #watched = new Map<string, Unregister>();
  /** Checks of pods without an entry. */
  readonly #checks = new Set<CancelTimer>();
  readonly #emptied = new Set<() => void>();
  #size = 0;
  #isClosing = false;

  constructor(clock: Clock, routeInfo: RouteInfoDriver) {
    this.#clock = clock;
    this.#routeInfo = routeInfo;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns a function to call when the tunnel has ended. */
  add(service: ServiceHandle, podId: number, tunnel: Tunnel): () => void {
    this.#watch(service.namespace);
    const key = keyOf(service.namespace, service.serviceName, podId);
    const pod = this.#byPod.get(key) ?? { podId, service, open: new Set() };
    this.#byPod.set(key, pod);
    const opened: OpenTunnel = { tunnel, incarnation: undefined };
    pod.open.add(opened);
    this.#size += 1;
    this.#learnIncarnation(pod, opened);
    if (this.#isClosing) tunnel.closeSoon(CLOSING);
    return () => {
      if (!pod.open.delete(opened)) return;
      if (pod.open.size === 0 && this.#byPod.get(key) === pod) this.#byPod.delete(key);
      this.#size -= 1;
      if (this.#size === 0) this.#allEnded();
    };
  }

  /** Ends all tunnels, evenly over `spreadMs`, so that the clients do not connect again all at once. */
  async close(spreadMs: number): Promise<void> {
    this.#isClosing = true;
    const tunnels = [...this.#byPod.values()].flatMap(({ open }) => [...open]);
    const timers = tunnels.map(({ tunnel }, at) =>
      this.#clock.setTimeout(() => tunnel.closeSoon(CLOSING), (spreadMs * at) / tunnels.length, {
        keepsAlive: true,
      }),
    );
    // Some may be in the middle of a frame that never ends.
    timers.push(
      this.#clock.setTimeout(
        () => {
          for (const { open } of this.#byPod.values()) for (const { tunnel } of open) tunnel.podGone(CLOSING);
        },
        spreadMs + 1,
        { keepsAlive: true },
      ),
    );
    if (this.#size > 0) await new Promise<void>((resolve) => this.#emptied.add(resolve));
    for (const cancel of timers) cancel();
    this.#allEnded();
  }

  #allEnded(): void {
    for (const unregister of this.#watched.values()) unregister();
    this.#watched.clear();
    for (const cancel of this.#checks) cancel();
    this.#checks.clear();
    for (const resolve of this.#emptied) resolve();
    this.#emptied.clear();
  }

  #watch(namespace: string): void {
    if (this.#watched.has(namespace)) return;
    const unregister = this.#routeInfo.registerRoutingStateChangedEvent(namespace, (change) => {
      this.#changed(change);
    });
    this.#watched.set(namespace, unregister);
  }

  #learnIncarnation(pod: TunnelsOf, opened: OpenTunnel): void {
    this.#read(pod, (snapshot) => {
      const entry = snapshot.pods.get(pod.podId);
      opened.incarnation = entry?.incarnation;
      if (entry && hasEnded(entry)) opened.tunnel.podGone(POD_GONE);
    });
  }

  #changed({ namespace, serviceName, podId, previous, current }: RoutingStateChange): void {
    const pod = this.#byPod.get(keyOf(namespace, serviceName, podId));
    if (!pod) return;
    if (current) {
      this.#endIf(pod, (incarnation) => isGone(current, incarnation));
      return;
    }
    // Silent for its lease, which is its end; or without an entry, which may be a store that came back empty.
    this.#read(pod, (snapshot) => {
      if (snapshot.pods.has(podId)) this.#endIf(pod, () => !snapshot.isAlive(podId));
      else this.#checkLater(pod, previous ? leaseMsOf(previous) : 0);
    });
  }

  /** A pod that lives writes its entry again within its lease. */
  #checkLater(pod: TunnelsOf, leaseMs: number): void {
    const cancel = this.#clock.setTimeout(() => {
      this.#checks.delete(cancel);
      this.#read(pod, (snapshot) => {
        this.#endIf(pod, () => !snapshot.isAlive(pod.podId));
      });
    }, leaseMs);
    this.#checks.add(cancel);
  }

  #endIf(pod: TunnelsOf, isGone: (incarnation: string | undefined) => boolean): void {
    for (const { tunnel, incarnation } of pod.open) if (isGone(incarnation)) tunnel.podGone(POD_GONE);
  }

  /** A failed reading says nothing about the pod. Its connection tells when it ends. */
  #read({ service }: TunnelsOf, then: (snapshot: Snapshot) => void): void {
    this.#routeInfo.snapshot(service.namespace, service.serviceName).then(then, () => {});
  }
}

function isGone(current: StatefulServiceState, incarnation: string | undefined): boolean {
  if (hasEnded(current)) return true;
  return (
    incarnation !== undefined && current.incarnation !== undefined && current.incarnation !== incarnation
  );
}

function keyOf(namespace: string, serviceName: string, podId: number): string {
  return `${namespace}/${serviceName}/${podId}`;
}
