import {
  type Attributes,
  context,
  ProxyTracerProvider,
  type Span,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { isRouteError } from '@stateful-route/core';
import { SCOPE } from './meter-telemetry.ts';

/** The outcome of an operation that ended well: one word, and what else its span says. */
export interface Outcome {
  readonly outcome: string;
  readonly pod?: number | undefined;
  readonly to?: number | undefined;
}

const PREFIX = 'stateful_route.';

/** Runs operations that leave memory in OpenTelemetry spans. */
export class Spans {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Whether a span that begins now belongs to a trace that is not sampled: such a trace gets none. */
  get areUnwanted(): boolean {
    const parent = trace.getSpanContext(context.active());
    return parent !== undefined && (parent.traceFlags & TraceFlags.SAMPLED) === 0;
  }

  /** Runs an operation in a span. `outcomeOf` says how it ended; of a rejection the span has the error's code. */
  around<T>(
    name: string,
    attributes: Attributes,
    run: () => Promise<T>,
    outcomeOf: (result: T) => Outcome = ok,
  ): Promise<T> {
    if (this.areUnwanted) return run();
    const span = this.#tracer.startSpan(PREFIX + name, { attributes: prefixed(attributes) });
    return within(span, run, outcomeOf);
  }
}

/** Spans, if an SDK for traces is installed now. */
export function spansNow(): Spans | undefined {
  const provider = trace.getTracerProvider();
  const isInstalled =
    !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(SCOPE) !== undefined;
  return isInstalled ? new Spans(trace.getTracer(SCOPE)) : undefined;
}

async function within<T>(span: Span, run: () => Promise<T>, outcomeOf: (result: T) => Outcome): Promise<T> {
  try {
    const result = await context.with(trace.setSpan(context.active(), span), run);
    span.setAttributes(prefixed({ ...outcomeOf(result) }));
    return result;
  } catch (error) {
    const outcome = errorOutcome(error);
    span.setAttributes(prefixed({ outcome }));
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    throw error;
  } finally {
    span.end();
  }
}

function ok(): Outcome {
  return { outcome: 'ok' };
}

/** The outcome of what failed: the error's code, else `ERROR`. */
export function errorOutcome(error: unknown): string {
  return isRouteError(error) ? error.code : 'ERROR';
}

function prefixed(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [PREFIX + name, value]));
}
