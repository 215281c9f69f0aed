import { invalidParameter } from './names.ts';

/** Checks that a part has the methods that are called on it. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
}

/** A `Clock`. */
export function checkClock(value: unknown, parameter = 'clock'): void {
  checkMethods(value, parameter, ['now', 'monotonic', 'setTimeout']);
}

/** A `Logger`. */
export function checkLogger(value: unknown, parameter = 'logger'): void {
  checkMethods(value, parameter, ['debug', 'info', 'warn', 'error']);
}

function checkMethods(value: unknown, parameter: string, methods: readonly string[]): void {
  if (!hasMethods(value, methods)) throw invalidParameter(parameter, `must have ${methods.join(', ')}`);
}
