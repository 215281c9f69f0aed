import type { Attributes } from '@opentelemetry/api';
import { isRouteError } from '@stateful-route/core';
import type { Count } from './meter-telemetry.ts';
import type { RouteTelemetry } from './route-telemetry.ts';

/** What became of a user whose link was not in memory. */
export type PlacementOutcome =
  /** This process linked the user to a pod. */
  | 'placed'
  /** There was a link in force. */
  | 'found'
  /** No pod takes the user now. */
  | 'refused'
  | 'failed';

/** Why a claim's owner was dead: its last word, its silence, or that it has no entry. */
export type TakeoverCause = 'ended' | 'silent' | 'missing';

/** The counts of one service, as a caller of it. */
export class ServiceTelemetry {
  readonly attributes: Attributes;
  readonly hits: Count;
  readonly misses: Count;
  readonly placements: Readonly<Record<PlacementOutcome, Count>>;
  readonly takeovers: Readonly<Record<TakeoverCause, Count>>;
  readonly relinked: Count;
  readonly notMine: Count;
  readonly unreachable: Count;

  constructor(
    telemetry: RouteTelemetry,
    { namespace, serviceName }: { readonly namespace: string; readonly serviceName: string },
    strategy: string,
  ) {
    const attributes = { namespace, service: serviceName };
    const placements = (outcome: PlacementOutcome): Count =>
      telemetry.count('placements', { ...attributes, strategy, outcome });
    const takeovers = (cause: TakeoverCause): Count => telemetry.count('takeovers', { ...attributes, cause });
    this.attributes = attributes;
    this.hits = telemetry.count('link_cache.lookups', { ...attributes, result: 'hit' });
    this.misses = telemetry.count('link_cache.lookups', { ...attributes, result: 'miss' });
    this.placements = {
      placed: placements('placed'),
      found: placements('found'),
      refused: placements('refused'),
      failed: placements('failed'),
    };
    this.takeovers = {
      ended: takeovers('ended'),
      silent: takeovers('silent'),
      missing: takeovers('missing'),
    };
    this.relinked = telemetry.count('links.moved', { ...attributes, reason: 'relinked' });
    this.notMine = telemetry.count('not_mine', attributes);
    this.unreachable = telemetry.count('unreachable', attributes);
  }
}

/** What a lookup's error says of the user. */
export function outcomeOfError(error: unknown): PlacementOutcome {
  return isRouteError(error, 'SERVICE_NOT_READY') || isRouteError(error, 'POD_NOT_AVAILABLE')
    ? 'refused'
    : 'failed';
}
