import {
  parseServiceState,
  type Healing,
  HEALINGS,
  type PodReport,
  ROUTING_STATES,
  type RoutingState,
  type ServiceState,
  type StatefulServiceState,
} from '@stateful-route/core';
import { jsonObject, UnreadableReply } from './scripts/replies.ts';

/** What the details of a heartbeat are stored as; the script puts the incarnation before it, and fields of its own. */
export function reportJson(report: PodReport): string {
  const {
    incarnation: _incarnation,
    beatenBefore: _beatenBefore,
    loadChangeThreshold: _threshold,
    metadata,
    ...stored
  } = report;
  const labelled = metadata && Object.keys(metadata).length > 0;
  return JSON.stringify(labelled ? { ...stored, metadata } : stored);
}

/** A word that the older sides know; they have none for `UNKNOWN`. */
export function knownWord(state: ServiceState): string {
  return state === 'UNKNOWN' ? 'NOT_READY' : state;
}

/** The word for the older sides, which know no routing state: a pod that is not routable must not read `READY`. */
export function podWord(report: PodReport): string {
  const refusing = report.state === 'READY' && report.routingState !== 'READY';
  return refusing ? 'NOT_READY' : knownWord(report.state);
}

/** A pod by the details of its last heartbeat. Words of a newer writer are `UNKNOWN`. */
export function podFromInfo(podId: number, stored: unknown): StatefulServiceState {
  return podFromFields(podId, jsonObject(stored));
}

/** As {@link podFromInfo}, of JSON that was parsed already. */
export function podFromFields(
  podId: number,
  fields: Readonly<Record<string, unknown>>,
): StatefulServiceState {
  const { state, loadState, routingState, updateTime, incarnation, address, metadata, deadOwner } = fields;
  if (
    typeof state !== 'string' ||
    typeof incarnation !== 'string' ||
    !isNumber(loadState) ||
    !isNumber(updateTime) ||
    !isNumber(fields['leaseMs']) ||
    !isNumber(fields['updatePeriodMs'])
  ) {
    throw new UnreadableReply(`the details of pod ${podId}`, fields);
  }
  return {
    podId,
    state: parseServiceState(state),
    loadState,
    routingState: parseRoutingState(routingState),
    updateTime,
    incarnation,
    address: typeof address === 'string' ? address : undefined,
    metadata: isLabels(metadata) ? metadata : {},
    leaseMs: fields['leaseMs'],
    updatePeriodMs: fields['updatePeriodMs'],
    loadPerUser: isNumber(fields['loadPerUser']) ? fields['loadPerUser'] : undefined,
    deadOwner: deadOwner === 'relink' || deadOwner === 'wait' ? deadOwner : undefined,
    users: isNumber(fields['users']) ? fields['users'] : undefined,
    maxUsers: isNumber(fields['maxUsers']) ? fields['maxUsers'] : undefined,
    healing: isHealing(fields['healing']) ? fields['healing'] : undefined,
  };
}

/** A pod of the older sides: a word, and nothing else. */
export function podFromWord(podId: number, word: string): StatefulServiceState {
  return { podId, state: parseServiceState(word), loadState: 0, routingState: 'READY', metadata: {} };
}

function parseRoutingState(word: unknown): RoutingState {
  return (ROUTING_STATES as readonly unknown[]).includes(word) ? (word as RoutingState) : 'UNKNOWN';
}

function isHealing(word: unknown): word is Healing {
  return (HEALINGS as readonly unknown[]).includes(word);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
