import { isRouteError, type PortCall } from '@stateful-route/core';
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
export type ObserveCall = (call: PortCall, run: () => Promise<unknown>) => Promise<unknown>;

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
  if (!traced) return measured ?? ((_, run) => run());
  return measured ? (call, run) => traced(call, () => measured(call, run)) : traced;
}

function measuredCalls(monotonic: () => number): ObserveCall | undefined {
  const meter = metrics.getMeter(NAME);
  // No SDK: reading the clock for nobody is not worth its time.
  if (meter === createNoopMeter()) return undefined;
  const durations = meter.createHistogram('stateful_route.store.duration', { unit: 'ms' });
  return async (call, run) => {
    const start = monotonic();
    const record = (outcome: string): void => {
      durations.record(monotonic() - start, { method: call.method, outcome });
    };
    try {
      const result = await run();
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
  return (call, run) => (isTracing() ? within(tracer.startSpan(`${NAME}.${call.method}`), run) : run());
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
