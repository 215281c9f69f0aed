import { isRouteError, type PortCall } from '@stateful-route/core';
import { type Attributes, metrics, SpanStatusCode, trace } from '@opentelemetry/api';

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
  const durations = enabled.enableMetrics
    ? metrics.getMeter(NAME).createHistogram('stateful_route.store.duration', { unit: 'ms' })
    : undefined;
  const tracer = enabled.enableTracing ? trace.getTracer(NAME) : undefined;

  const measured: ObserveCall = async (call, run) => {
    if (!durations) return run();
    const start = monotonic();
    const record = (outcome: string): void => {
      const attributes: Attributes = { method: call.method, outcome };
      durations.record(monotonic() - start, attributes);
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

  return (call, run) => {
    if (!tracer) return measured(call, run);
    return tracer.startActiveSpan(`stateful-route.${call.method}`, async (span) => {
      try {
        return await measured(call, run);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: outcomeOf(error) });
        throw error;
      } finally {
        span.end();
      }
    });
  };
}
