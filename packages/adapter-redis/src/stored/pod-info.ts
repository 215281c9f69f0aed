import type { Healing, RoutingState, StatefulServiceState } from '@stateful-route/core';
import { HEALINGS, parseServiceState, type PodReport, ROUTING_STATES } from '@stateful-route/core/adapter';
import { UnreadableReply } from './replies.ts';

/** The details of a heartbeat as JSON. The script puts the incarnation and fields of its own in front. */
export function reportJson(report: PodReport): string {
  const {
    incarnation: _incarnation,
    beatenBefore: _beatenBefore,
    loadChangeThreshold: _threshold,
    guard: _guard,
    metadata,
    ...stored
  } = report;
  const labelled = metadata && Object.keys(metadata).length > 0;
  return JSON.stringify(labelled ? { ...stored, metadata } : stored);
}

/** A pod, by the details of its last heartbeat. Words of a newer version are `UNKNOWN`. Throws if they cannot be read. */
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
    revision: typeof fields['revision'] === 'string' ? fields['revision'] : undefined,
    healing: isHealing(fields['healing']) ? fields['healing'] : undefined,
  };
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
