import { ROUTING_STATES } from '../domain/routing-state.ts';
import { SERVICE_STATES } from '../domain/service-state.ts';
import { HEALINGS } from '../domain/stateful-service-state.ts';
import { checkInteger, checkWord, invalidParameter } from './names.ts';
import { checkDuration } from './times.ts';

const REPORT_MAX_BYTES = 65_536;
const INCARNATION = /^[\x21-\x7e]{1,128}$/;
const utf8 = new TextEncoder();

function record(value: unknown, parameter: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter(parameter, 'must be an object');
  }
  return value as Record<string, unknown>;
}

/** A load: a finite number ≥ 0. */
export function checkLoad(value: unknown, parameter = 'loadState'): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw invalidParameter(parameter, 'must be a finite number ≥ 0');
  }
}

/** The id of one life of a pod's process. */
export function checkIncarnation(value: unknown): void {
  if (typeof value !== 'string' || !INCARNATION.test(value)) {
    throw invalidParameter('incarnation', 'must be 1–128 printable ASCII characters without spaces');
  }
}

function checkText(value: unknown, parameter: string): void {
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw invalidParameter(parameter, 'must be a well-formed string');
  }
}

/** Labels: an object of strings. */
export function checkMetadata(value: unknown): void {
  for (const [key, text] of Object.entries(record(value, 'metadata'))) {
    checkText(key, 'metadata');
    checkText(text, `metadata.${key}`);
  }
}

/** A heartbeat: every field of the right shape, and not above 64 KB in all. */
export function checkPodReport(value: unknown): void {
  const report = record(value, 'report');
  checkWord(report['state'], 'state', SERVICE_STATES);
  checkWord(report['routingState'], 'routingState', ROUTING_STATES);
  checkLoad(report['loadState']);
  checkIncarnation(report['incarnation']);
  checkInteger(report['seq'], 'seq', 0, Number.MAX_SAFE_INTEGER);
  if (typeof report['beatenBefore'] !== 'boolean') {
    throw invalidParameter('beatenBefore', 'must be true or false');
  }
  checkDuration(report['leaseMs'], 'leaseMs');
  checkDuration(report['updatePeriodMs'], 'updatePeriodMs');
  if (report['address'] !== undefined) checkText(report['address'], 'address');
  if (report['metadata'] !== undefined) checkMetadata(report['metadata']);
  if (report['loadPerUser'] !== undefined) checkLoad(report['loadPerUser'], 'loadPerUser');
  if (report['loadChangeThreshold'] !== undefined)
    checkLoad(report['loadChangeThreshold'], 'loadChangeThreshold');
  if (report['deadOwner'] !== undefined) checkWord(report['deadOwner'], 'deadOwner', ['relink', 'wait']);
  if (report['users'] !== undefined) checkInteger(report['users'], 'users', 0, Number.MAX_SAFE_INTEGER);
  if (report['maxUsers'] !== undefined) {
    checkInteger(report['maxUsers'], 'maxUsers', 1, Number.MAX_SAFE_INTEGER);
  }
  if (report['healing'] !== undefined) checkWord(report['healing'], 'healing', HEALINGS);
  if (utf8.encode(jsonOf(report)).length > REPORT_MAX_BYTES) {
    throw invalidParameter('report', `must not be above ${REPORT_MAX_BYTES} bytes as JSON`);
  }
}

function jsonOf(report: object): string {
  try {
    return JSON.stringify(report);
  } catch {
    throw invalidParameter('report', 'must be plain data');
  }
}

/** A workload's report. */
export function checkWorkloadReport(value: unknown): void {
  const report = record(value, 'workload');
  checkWord(report['state'], 'state', SERVICE_STATES);
  checkInteger(report['replicas'], 'replicas', 0, Number.MAX_SAFE_INTEGER);
  checkInteger(report['readyReplicas'], 'readyReplicas', 0, Number.MAX_SAFE_INTEGER);
}
