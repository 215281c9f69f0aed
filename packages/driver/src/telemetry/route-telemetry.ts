import type { Attributes } from '@opentelemetry/api';
import type { Clock, Executors } from '@stateful-route/core';
import { inject, injectable } from 'tsyringe';
import type { RouteConfig } from '../config/route-config.ts';
import { tokens } from '../wiring/tokens.ts';
import type { CounterName, HistogramName } from './instruments.ts';
import { type Count, type MeterTelemetry, meterTelemetry, type ReadGauges } from './meter-telemetry.ts';
import { type Spans, spansNow } from './spans.ts';
import { StoreTelemetry } from './store-telemetry.ts';

/**
 * What a route tells OpenTelemetry. Without an SDK nobody reads the counts, and nothing else is done: code that leaves memory
 * looks at a field, and calls nothing.
 */
@injectable()
export class RouteTelemetry {
  /** `undefined` without an SDK for traces. */
  spans: Spans | undefined;
  /** `undefined` without any SDK. */
  store: StoreTelemetry | undefined;
  readonly #clock: Clock;
  readonly #isTraced: boolean;
  readonly #meter: MeterTelemetry | undefined;

  constructor(
    @inject(tokens.config)
    { enableMetrics, enableTracing }: Pick<RouteConfig, 'enableMetrics' | 'enableTracing'>,
    @inject(tokens.clock) clock: Clock,
  ) {
    this.#clock = clock;
    this.#isTraced = enableTracing;
    this.#meter = enableMetrics ? meterTelemetry() : undefined;
    this.findTracer();
  }

  /** Looks for an SDK for traces, which may have been installed since the route was made. */
  findTracer(): void {
    this.spans = this.#isTraced ? spansNow() : undefined;
    const durations = this.#meter?.histogram('store.duration');
    this.store = durations || this.spans ? new StoreTelemetry(this.#clock, durations, this.spans) : undefined;
  }

  /** The count with these attributes. Keep it: finding it costs more than adding. */
  count(name: CounterName, attributes: Attributes): Count {
    return this.#meter?.count(name, attributes) ?? { value: 0 };
  }

  /** Records a duration, in ms. It calls the SDK: not for answers from memory. */
  record(name: HistogramName, ms: number, attributes?: Attributes): void {
    this.#meter?.histogram(name).record(ms / 1_000, attributes);
  }

  /** Records the sizes of a store's commands from now on. */
  observeBatches(executors: Pick<Executors, 'observeBatches'>): void {
    if (this.#meter) executors.observeBatches?.(this.#meter.batchSent);
  }

  /** Tells gauges from now on, until the returned function is called. */
  observe(read: ReadGauges): () => void {
    return this.#meter?.observe(read) ?? (() => {});
  }
}
