import { argumentChecks } from '../arguments/argument-checks.ts';
import type { CallOptions } from '../domain/call-options.ts';
import { routeError } from '../domain/route-error.ts';
import type { Executors } from './executors.ts';
import { type PortMethod, type PortName, type PortOperation, portOperations } from './operations.ts';

/** One call of a port, as a decorator sees it. */
export interface PortCall {
  readonly method: PortMethod;
  /** The positional arguments, without the options. */
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
  /** Makes the call with these options. May be used several times if the call is safe to repeat. */
  readonly run: (options: CallOptions | undefined) => Promise<unknown>;
}

/** Runs around each call, and returns what the caller gets. */
export type AroundCall = (call: PortCall) => Promise<unknown>;

type AnyMethod = (...args: unknown[]) => Promise<unknown>;
type Decorate = (call: AnyMethod, operation: PortOperation, method: PortMethod) => AnyMethod;

function decorate(inner: Executors, decorateMethod: Decorate): Executors {
  const ports: Record<PortName, Record<string, AnyMethod>> = { stateful: {}, server: {}, feed: {} };
  for (const [method, operation] of Object.entries(portOperations) as [PortMethod, PortOperation][]) {
    const port = inner[operation.port] as unknown as Record<string, AnyMethod> | undefined;
    const call = port?.[method];
    if (!call) {
      const dependency = `executors.${operation.port}.${method}`;
      const message = `${dependency} is missing: an adapter must have every method of the ports.`;
      throw routeError('MISSING_DEPENDENCY', message, { dependency });
    }
    ports[operation.port][method] = decorateMethod(call.bind(port), operation, method);
  }
  return {
    ...(ports as unknown as Pick<Executors, PortName>),
    observeBatches: (listener) => inner.observeBatches?.(listener),
    close: () => inner.close(),
  };
}

/**
 * The same executors with something around each call: counts, deadlines, faults, traces.
 *
 * @example
 * const counts = new Map<string, number>();
 * const counted = decorateExecutors(executors, (call) => {
 *   counts.set(call.method, (counts.get(call.method) ?? 0) + 1);
 *   return call.run(call.options);
 * });
 */
export function decorateExecutors(inner: Executors, around: AroundCall): Executors {
  return decorate(inner, (call, { args: kinds }, method) => {
    const optionsAt = kinds.length;
    return (...args) => {
      const options = args[optionsAt] as CallOptions | undefined;
      args.length = optionsAt;
      return around({ method, args, options, run: (given) => call(...args, given) });
    };
  });
}

/**
 * The same executors, which reject bad arguments with `INVALID_PARAMETER` and an aborted signal with its reason, before any
 * I/O. Adapters return their executors through this.
 */
export function checkedExecutors(inner: Executors): Executors {
  return decorate(inner, (call, { args: kinds, checkOptions }) => {
    const checks = [...kinds.map((kind) => argumentChecks[kind]), checkOptions];
    const optionsAt = kinds.length;
    // The hot path of every adapter: no allocation but the list of arguments.
    return (...args) => {
      try {
        for (let at = 0; at <= optionsAt; at++) checks[at]!(args[at]);
        (args[optionsAt] as CallOptions | undefined)?.signal?.throwIfAborted();
      } catch (error) {
        return Promise.reject(error);
      }
      return call(...args);
    };
  });
}
