import { AsyncLocalStorage } from 'node:async_hooks';
import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import type { LimitedLogger } from '@stateful-route/core/adapter';
import type { HostTelemetry } from '../telemetry/host-telemetry.ts';
import type { AgeQueue } from './age-queue.ts';
import type { ResolvedHostOptions } from './host-option-rules.ts';
import type { Slots } from './slots.ts';

/** A use, as the code inside it sees it. */
export interface InsideUse {
  /** The driver of the pod that has the user. */
  readonly server: object;
  readonly uid: string;
  /** The use around it. */
  readonly outer: InsideUse | undefined;
  isRunning: boolean;
}

/** One for all hosts of the process: on Node 20 each further one makes every promise of the process slower, for good. */
export const insideUse: AsyncLocalStorage<InsideUse> = new AsyncLocalStorage();

/** The innermost use that still runs: those that have ended are not kept, however long uses start each other. */
export function runningUse(inside: InsideUse | undefined): InsideUse | undefined {
  let use = inside;
  while (use && !use.isRunning) use = use.outer;
  return use;
}

/** Counts since the host was made, and now. */
interface HostCounts {
  stays: number;
  queued: number;
  opening: number;
  /** The users that the driver holds for this host, and those who are being claimed. */
  held: number;
  opens: number;
  openFailures: number;
  saves: number;
  saveFailures: number;
}

/** What the entities of a host share. */
export interface HostParts<State> {
  readonly server: StatefulRouteForServerDriver;
  readonly options: ResolvedHostOptions<State>;
  readonly logger: LimitedLogger;
  readonly telemetry: HostTelemetry;
  readonly counts: HostCounts;
  readonly openSlots: Slots;
  readonly saveSlots: Slots;
  /** Savers with unsaved changes. */
  readonly unsaved: AgeQueue;
  /** Entities without a stay and a use, the longest idle first. */
  readonly idle: AgeQueue;
  /** Uses that run. */
  readonly uses: AgeQueue;
  /** Users who were moved a short while ago. */
  readonly moved: AgeQueue;
  /** Those who wait for an entity to open, in a queue of uses, or for a user to leave. */
  readonly waiting: Readonly<Record<'opening' | 'open' | 'going', AgeQueue>>;
  readonly nextOperation: () => number;
  /** Lets the longest idle user go. Returns whether there was one. */
  readonly makeRoom: () => Promise<boolean>;
  /** Nothing of the user needs to be kept. */
  readonly forget: (entity: { readonly uid: string }) => void;
}
