import type { BoundedOptions, RunCall } from './retry-safe-calls.ts';
import { isRouteError } from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import {
  context,
  createNoopMeter,
  metrics,
  ProxyTracerProvider,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const NAME = 'stateful-route';

/** Runs one store call and lets OpenTelemetry see it. */
type ObserveCall = (call: PortCall, options: BoundedOptions, run: RunCall) => Promise<unknown>;

function outcomeOf(error: unknown): string {
  return isRouteError(error) ? error.code : 'ERROR';
}

/**
 * Store calls as OpenTelemetry spans, and as the histogram `stateful_route.store.duration` (ms) by method and outcome.
 * Without an SDK in the process both do nothing. Neither carries a uid.
 */
export function storeTelemetry(
  enabled: {
    readonly enableMetrics: boolean;
    readonly enableTracing: boolean;
  },
  monotonic: () => number,
): ObserveCall {
  const measured = enabled.enableMetrics ? measuredCalls(monotonic) : undefined;
  const traced = enabled.enableTracing ? tracedCalls() : undefined;
  if (!traced) return measured ?? ((call, options, run) => run(call, options));
  if (!measured) return traced;
  return (call, options, run) => traced(call, options, () => measured(call, options, run));
}

function measuredCalls(monotonic: () => number): ObserveCall | undefined {
  const meter = metrics.getMeter(NAME);
  // No SDK: reading the clock for nobody is not worth its time.
  if (meter === createNoopMeter()) return undefined;
  const durations = meter.createHistogram('stateful_route.store.duration', { unit: 'ms' });
  return async (call, options, run) => {
    const start = monotonic();
    const record = (outcome: string): void => {
      durations.record(monotonic() - start, { method: call.method, outcome });
    };
    try {
      const result = await run(call, options);
      record('ok');
      return result;
    } catch (error) {
      record(outcomeOf(error));
      throw error;
    }
  };
}

function tracedCalls(): ObserveCall {
  const tracer = trace.getTracer(NAME);
  return (call, options, run) =>
    isTracing()
      ? within(tracer.startSpan(`${NAME}.${call.method}`), () => run(call, options))
      : run(call, options);
}

/** Asked at each call, as an SDK may come late; spans that nobody hears of are not worth their time. */
function isTracing(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
}

async function within(span: Span, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await context.with(trace.setSpan(context.active(), span), run);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcomeOf(error) });
    throw error;
  } finally {
    span.end();
  }
}
