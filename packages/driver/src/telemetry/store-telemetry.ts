import type { Histogram } from '@opentelemetry/api';
import type { Clock } from '@stateful-route/core';
import type { PortCall, PortMethod } from '@stateful-route/core/adapter';
import { errorOutcome, type Spans } from './spans.ts';

/** Makes a call of the store with these options. */
type RunCall<Options> = (call: PortCall, options: Options) => Promise<unknown>;

/**
 * The calls of the store, for OpenTelemetry. Every call is a span. Every failed call is measured. Of the successful calls of one
 * method that begin in the same turn of the event loop one is measured: they share a command, and measuring each would cost
 * a third of them.
 */
export class StoreTelemetry {
  readonly #clock: Clock;
  readonly #durations: Histogram | undefined;
  readonly #spans: Spans | undefined;
  /** The methods of which a call is measured that began in this turn. */
  readonly #measured = new Set<PortMethod>();

  constructor(clock: Clock, durations: Histogram | undefined, spans: Spans | undefined) {
    this.#clock = clock;
    this.#durations = durations;
    this.#spans = spans;
  }

  /** Runs a call. */
  around<Options>(call: PortCall, options: Options, run: RunCall<Options>): Promise<unknown> {
    const spans = this.#spans;
    if (!spans || spans.areUnwanted) return this.#measure(call, options, run);
    return spans.around(`store.${call.method}`, {}, () => this.#measure(call, options, run));
  }

  /** A call failed, after all its repetitions. */
  failed({ method }: PortCall, error: unknown, ms: number): void {
    this.#durations?.record(ms / 1_000, { method, outcome: errorOutcome(error) });
  }

  #measure<Options>(call: PortCall, options: Options, run: RunCall<Options>): Promise<unknown> {
    const { method } = call;
    const durations = this.#durations;
    if (!durations || this.#measured.has(method)) return run(call, options);
    if (this.#measured.size === 0) setImmediate(() => this.#measured.clear());
    this.#measured.add(method);
    const began = this.#clock.monotonic();
    return run(call, options).then((result) => {
      durations.record((this.#clock.monotonic() - began) / 1_000, { method, outcome: 'ok' });
      return result;
    });
  }
}
