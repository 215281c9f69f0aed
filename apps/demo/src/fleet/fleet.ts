import type { RouteConfigInput, StrategyName } from '@stateful-route/driver';
import type { Gateway } from '../gateway/gateway.ts';
import type { RoundTrips } from '../gateway/round-trips.ts';
import type { ServingJournal } from '../report/serving-journal.ts';

/** The pods and the gateways in front of them, and the time in which they live. */
export interface Fleet {
  readonly gateways: readonly Gateway[];
  readonly trips: RoundTrips;
  /** How pods are reached and how one dies, in a few words. */
  readonly description: string;
  /** How long a dead pod's users wait until they are taken over, in ms. */
  readonly leaseMs: number;

  /** Time goes on to a request's arrival; it never goes back. */
  arrive(time: number): Promise<void>;
  /** Time goes on until something has happened. */
  pass(until: Promise<unknown>): Promise<void>;
  /** What a clock on the wall of this fleet shows. */
  readonly clockFace: () => string;

  /** An operator asks a pod to let its users go. */
  drain(podId: number): Promise<void>;
  /** A pod dies without a word. */
  kill(podId: number): Promise<void>;
  /** Ends all of it; whatever has begun is left behind nowhere. May be called again. */
  close(): Promise<void>;
}

/** What a fleet is made of, however it runs. */
export interface FleetOptions {
  readonly pods: number;
  readonly gateways: number;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly journal: ServingJournal;
}

/** The name of the application's service. */
export const SERVICE = 'room';

/** How a gateway picks and a pod beats, with what the demo never wants. */
export function fleetConfig(config: RouteConfigInput, gateways: number): RouteConfigInput {
  return {
    ...config,
    routingPeers: gateways,
    logLevel: 'ERROR',
    enableMetrics: false,
    enableTracing: false,
  };
}

/** A request waits longer than it takes to notice that a pod is dead, and then fails. */
export const PATIENCE_LEASES = 4;
