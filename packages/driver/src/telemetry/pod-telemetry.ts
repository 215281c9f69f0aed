import type { Attributes } from '@opentelemetry/api';
import type { Count, ReadGauges } from './meter-telemetry.ts';
import type { RouteTelemetry } from './route-telemetry.ts';

/** Why a pod fenced itself: no acknowledged heartbeat, the application's word, somebody's report, a later process. */
export type FenceReason = 'silent' | 'state' | 'reported-dead' | 'displaced';

/** How a claim was lost: to somebody else while it was held, while the pod was fenced, or to a later process of the ordinal. */
export type LossReason = 'taken' | 'not-regained' | 'displaced';

/** How a pod's user came to another pod. */
export type MoveReason = 'handed-over' | 'moved' | 'forced';

/** What a pod tells OpenTelemetry. */
export class PodTelemetry {
  readonly route: RouteTelemetry;
  readonly attributes: Attributes;
  readonly fences: Readonly<Record<FenceReason, Count>>;
  readonly losses: Readonly<Record<LossReason, Count>>;
  readonly moves: Readonly<Record<MoveReason, Count>>;
  readonly unsaved: Count;

  constructor(
    telemetry: RouteTelemetry,
    {
      namespace,
      serviceName,
      podId,
    }: { readonly namespace: string; readonly serviceName: string; readonly podId: number },
  ) {
    const service = { namespace, service: serviceName };
    const attributes = { ...service, pod: podId };
    const fences = (reason: FenceReason): Count => telemetry.count('fences', { ...attributes, reason });
    const losses = (reason: LossReason): Count => telemetry.count('claims.lost', { ...attributes, reason });
    const moves = (reason: MoveReason): Count => telemetry.count('links.moved', { ...service, reason });
    this.route = telemetry;
    this.attributes = attributes;
    this.fences = {
      silent: fences('silent'),
      state: fences('state'),
      'reported-dead': fences('reported-dead'),
      displaced: fences('displaced'),
    };
    this.losses = {
      taken: losses('taken'),
      'not-regained': losses('not-regained'),
      displaced: losses('displaced'),
    };
    this.moves = { 'handed-over': moves('handed-over'), moved: moves('moved'), forced: moves('forced') };
    this.unsaved = telemetry.count('handoff.unsaved', attributes);
  }

  /** A user was handed over, so long after the pod had stopped serving the user. */
  handedOver(ms: number): void {
    this.route.record('handoff.duration', ms, this.attributes);
  }

  /** A user was claimed who had had no pod for so long, by the store's clock. */
  claimedAfter(gapMs: number): void {
    this.route.record('owner.gap', gapMs, this.attributes);
  }

  observe(read: ReadGauges): () => void {
    return this.route.observe(read);
  }
}
