/*
 * Every metric of a route, by its name without the prefix `stateful_route.`. `docs/telemetry.md` describes them; a test compares
 * the page with what a fleet exports.
 */

interface Instrument {
  readonly unit?: string | undefined;
  readonly description: string;
}

export type CounterName =
  | 'placements'
  | 'links.moved'
  | 'takeovers'
  | 'not_mine'
  | 'unreachable'
  | 'link_cache.lookups'
  | 'fences'
  | 'claims.lost'
  | 'handoff.unsaved';

export const counters: Readonly<Record<CounterName, Instrument>> = {
  placements: { unit: '{placement}', description: 'Users whom this process tried to place on a pod' },
  'links.moved': { unit: '{link}', description: 'Links that this process moved to another pod' },
  takeovers: { unit: '{claim}', description: 'Claims of dead pods that this process took over' },
  not_mine: { unit: '{answer}', description: 'Uses that a pod refused, as it does not have the user' },
  unreachable: { unit: '{answer}', description: 'Uses whose pod could not be reached' },
  'link_cache.lookups': { unit: '{lookup}', description: 'Lookups of links in memory' },
  fences: { unit: '{fence}', description: 'Times that the pod fenced itself' },
  'claims.lost': { unit: '{claim}', description: 'Claims that the pod lost' },
  'handoff.unsaved': {
    unit: '{user}',
    description: 'Users who were handed over before they were saved',
  },
};

export type GaugeName =
  | 'link_cache.size'
  | 'snapshot.age'
  | 'guard.active'
  | 'pod.users'
  | 'pod.load'
  | 'pod.capacity'
  | 'heartbeat.age'
  | 'handoff.left'
  | 'imbalance'
  | 'callers'
  | 'desired_replicas';

interface Gauge extends Instrument {
  /** How the values of two routes of the process with the same attributes become one, such as of two callers of one service. */
  readonly merge: 'sum' | 'max';
}

export const gauges: Readonly<Record<GaugeName, Gauge>> = {
  'link_cache.size': { merge: 'sum', unit: '{link}', description: 'Links in memory' },
  'snapshot.age': { merge: 'max', unit: 's', description: "Age of the last reading of the service's pods" },
  'guard.active': {
    merge: 'max',
    description: '1 while nobody is taken over, as most pods fell silent at once',
  },
  'pod.users': { merge: 'max', unit: '{user}', description: 'Users of the pod' },
  'pod.load': { merge: 'max', description: 'Load that the pod published last' },
  'pod.capacity': { merge: 'max', unit: '{user}', description: 'The most users that the pod takes' },
  'heartbeat.age': { merge: 'max', unit: 's', description: "Age of the pod's last acknowledged heartbeat" },
  'handoff.left': { merge: 'max', unit: '{user}', description: 'Users that are still on a pod that drains' },
  imbalance: { merge: 'max', description: "The fullest pod's load over the mean load of all, less 1" },
  callers: { merge: 'max', unit: '{caller}', description: 'Callers that place users, as they are counted' },
  desired_replicas: { merge: 'max', unit: '{pod}', description: 'How many pods the service should have' },
};

export type HistogramName = 'owner.gap' | 'handoff.duration' | 'store.duration' | 'store.batch.size';

interface HistogramInstrument extends Instrument {
  /** The upper bounds of the buckets. */
  readonly bounds: readonly number[];
}

/** Bounds in seconds, for calls of a store. */
const CALL_BOUNDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Bounds in seconds, for what users wait for. */
const WAIT_BOUNDS = [0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120];

export const histograms: Readonly<Record<HistogramName, HistogramInstrument>> = {
  'owner.gap': {
    unit: 's',
    bounds: WAIT_BOUNDS,
    description: "By the store's clock, how long the user had no pod before this one",
  },
  'handoff.duration': {
    unit: 's',
    bounds: WAIT_BOUNDS,
    description: 'From the moment that the pod stops serving the user until the user is moved',
  },
  'store.duration': {
    unit: 's',
    bounds: CALL_BOUNDS,
    description: 'A call of the store, with its repetitions',
  },
  'store.batch.size': {
    unit: '{item}',
    bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    description: 'Items of a command that calls of the store share',
  },
};
