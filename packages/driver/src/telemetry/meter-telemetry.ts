import {
  type Attributes,
  type BatchObservableResult,
  createNoopMeter,
  type Histogram,
  type Meter,
  metrics,
  type Observable,
} from '@opentelemetry/api';
import {
  type CounterName,
  counters,
  type GaugeName,
  gauges,
  type HistogramName,
  histograms,
} from './instruments.ts';

/** The name of the meter and of the tracer. */
export const SCOPE = 'stateful-route';

const PREFIX = 'stateful_route.';

/** How many attribute sets a counter has; what is counted for any other is counted together. */
const SETS_MAX = 1_000;

/** The attributes of what is counted together, as OpenTelemetry's SDKs name them. */
const OVERFLOW: Attributes = { 'otel.metric.overflow': true };

/** A count that code adds to and OpenTelemetry reads: adding calls nothing. */
export interface Count {
  value: number;
}

type Entries<Table> = [keyof Table, Table[keyof Table]][];

type Counted = Count & { readonly attributes: Attributes };

/** The values of gauges, by their attributes. */
type Told = Map<GaugeName, Map<string, Counted>>;

/** Tells the present value of a gauge. */
export type ObserveGauge = (name: GaugeName, value: number, attributes: Attributes) => void;

/** Tells the present values of some gauges, when they are collected. */
export type ReadGauges = (observe: ObserveGauge) => void;

/** The metrics of all routes that were made while one SDK was installed. Counts outlive routes, so that they never fall. */
export class MeterTelemetry {
  readonly #meter: Meter;
  readonly #counts = new Map<CounterName, Map<string, Counted>>();
  readonly #gauges = new Set<ReadGauges>();
  /** The gauges that were told when metrics were collected last. */
  #told: Told = new Map();
  readonly #histograms = new Map<HistogramName, Histogram>();

  constructor(meter: Meter) {
    this.#meter = meter;
    const observables = new Map<CounterName | GaugeName, Observable>();
    for (const [name, { unit, description }] of Object.entries(counters) as Entries<typeof counters>) {
      observables.set(name, meter.createObservableCounter(PREFIX + name, { unit, description }));
    }
    for (const [name, { unit, description }] of Object.entries(gauges) as Entries<typeof gauges>) {
      observables.set(name, meter.createObservableGauge(PREFIX + name, { unit, description }));
    }
    const all = [...observables.values()];
    meter.addBatchObservableCallback((result) => this.#collect(result, observables), all);
  }

  count(name: CounterName, attributes: Attributes): Count {
    const counts = this.#counts.get(name) ?? new Map<string, Counted>();
    this.#counts.set(name, counts);
    const known = counts.get(keyOf(attributes));
    if (known) return known;
    const counted = counts.size < SETS_MAX ? attributes : OVERFLOW;
    const key = keyOf(counted);
    const count = counts.get(key) ?? { value: 0, attributes: counted };
    counts.set(key, count);
    return count;
  }

  histogram(name: HistogramName): Histogram {
    const known = this.#histograms.get(name);
    if (known) return known;
    const { unit, description, bounds } = histograms[name];
    const histogram = this.#meter.createHistogram(PREFIX + name, {
      unit,
      description,
      advice: { explicitBucketBoundaries: [...bounds] },
    });
    this.#histograms.set(name, histogram);
    return histogram;
  }

  /** Records the sizes of the store's commands, of each store once however many routes have it. */
  readonly batchSent = (items: number): void => {
    this.histogram('store.batch.size').record(items);
  };

  observe(read: ReadGauges): () => void {
    this.#gauges.add(read);
    return () => {
      this.#gauges.delete(read);
    };
  }

  #collect(
    result: BatchObservableResult,
    observables: ReadonlyMap<CounterName | GaugeName, Observable>,
  ): void {
    for (const [name, counts] of this.#counts) {
      const observable = observables.get(name)!;
      for (const { value, attributes } of counts.values()) result.observe(observable, value, attributes);
    }
    const now: Told = new Map();
    for (const read of this.#gauges) read((name, value, attributes) => merge(now, name, value, attributes));
    // OpenTelemetry's SDK repeats the last value of what is not told any more: a route that has stopped, a pod that leads no more.
    for (const [name, values] of this.#told) {
      for (const [key, { attributes }] of values) {
        if (!now.get(name)?.has(key)) result.observe(observables.get(name)!, 0, attributes);
      }
    }
    for (const [name, values] of now) {
      const observable = observables.get(name)!;
      for (const { value, attributes } of values.values()) result.observe(observable, value, attributes);
    }
    this.#told = now;
  }
}

/** Two routes of one process may tell the same gauge, such as two callers of one service. */
function merge(into: Told, name: GaugeName, value: number, attributes: Attributes): void {
  const values = into.get(name) ?? new Map<string, Counted>();
  into.set(name, values);
  const key = keyOf(attributes);
  const before = values.get(key);
  if (!before) values.set(key, { value, attributes });
  else before.value = gauges[name].merge === 'sum' ? before.value + value : Math.max(before.value, value);
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(attributes);
}

const byMeter = new WeakMap<Meter, MeterTelemetry>();

/** The metrics of the SDK that is installed now; `undefined` without one. */
export function meterTelemetry(): MeterTelemetry | undefined {
  const meter = metrics.getMeter(SCOPE);
  if (meter === createNoopMeter()) return undefined;
  const known = byMeter.get(meter);
  if (known) return known;
  const made = new MeterTelemetry(meter);
  byMeter.set(meter, made);
  return made;
}
