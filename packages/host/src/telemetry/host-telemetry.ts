import {
  type Attributes,
  createNoopMeter,
  type Histogram,
  type Meter,
  metrics,
  type ObservableCallback,
  type ObservableGauge,
} from '@opentelemetry/api';

/** Bounds in seconds, for calls of the application's storage. */
const BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** How a save ended. `outdated`: the storage knows a greater token. */
export type SaveOutcome = 'saved' | 'failed' | 'outdated';

/** The pod of a host. */
export interface HostPlace {
  readonly namespace: string;
  readonly serviceName?: string | undefined;
  readonly podId?: number | undefined;
}

/** What a host tells OpenTelemetry. Without an SDK, when the host is made, it does nothing. */
export class HostTelemetry {
  readonly #attributes: Attributes;
  readonly #openNow: ObservableGauge | undefined;
  readonly #opens: Histogram | undefined;
  readonly #saves: Histogram | undefined;
  #observe: ObservableCallback | undefined;

  constructor({ namespace, serviceName, podId }: HostPlace, isMeasured: boolean) {
    this.#attributes = { namespace, service: serviceName, pod: podId };
    const meter = isMeasured ? installedMeter() : undefined;
    this.#openNow = meter?.createObservableGauge('stateful_route.host.open', {
      unit: '{user}',
      description: 'Users whose state is open',
    });
    this.#opens = meter && durations(meter, 'host.open.duration', 'Opens that succeeded');
    this.#saves = meter && durations(meter, 'host.save.duration', 'Saves');
  }

  /** The pod runs: tells from now on how many users are open. */
  begin(open: () => number): void {
    if (!this.#openNow || this.#observe) return;
    this.#observe = (result) => result.observe(open(), this.#attributes);
    this.#openNow.addCallback(this.#observe);
  }

  /** The pod has stopped. OpenTelemetry's SDK would repeat the last value, so 0 is told once. */
  end(): void {
    const gauge = this.#openNow;
    if (!gauge || !this.#observe) return;
    gauge.removeCallback(this.#observe);
    this.#observe = undefined;
    const last: ObservableCallback = (result) => {
      result.observe(0, this.#attributes);
      gauge.removeCallback(last);
    };
    gauge.addCallback(last);
  }

  opened(ms: number): void {
    this.#opens?.record(ms / 1_000, this.#attributes);
  }

  saveEnded(outcome: SaveOutcome, ms: number): void {
    this.#saves?.record(ms / 1_000, { ...this.#attributes, outcome });
  }
}

function installedMeter(): Meter | undefined {
  const meter = metrics.getMeter('stateful-route');
  return meter === createNoopMeter() ? undefined : meter;
}

function durations(meter: Meter, name: string, description: string): Histogram {
  const options = { unit: 's', description, advice: { explicitBucketBoundaries: BOUNDS } };
  return meter.createHistogram(`stateful_route.${name}`, options);
}
