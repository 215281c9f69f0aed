import type { Refusal } from '../admission.ts';

/** An answer by the gateway itself. */
export const refuse = (status: number, body: string, headers?: Readonly<Record<string, string>>): Refusal =>
  headers ? { status, body, headers } : { status, body };

/** An answer that asks the client to come back later. */
export const refuseForNow = (body: string, afterMs: number): Refusal =>
  refuse(503, body, { 'retry-after': String(Math.max(1, Math.ceil(afterMs / 1000))) });

/** Whether an answer of a step is a refusal. */
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'status' in value;
