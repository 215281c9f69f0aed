import type { NOT_MINE } from '@stateful-route/core';
import type { SaveMode } from '../script/world-event.ts';
import type { ObservedPod } from '../checks/observation.ts';

/** A request. */
export interface Work {
  readonly uid: string;
  readonly update: number;
  readonly how: 'claim' | 'scope';
  readonly workMs: number;
  readonly saves: boolean;
}

/** How the calls of an application to its storage end. */
export interface StorageManner {
  readonly mode: SaveMode;
  readonly ms: number;
}

/** What an application needs of its pod's process. */
export interface ApplicationHost extends ObservedPod {
  /** Whether the application is releasing the user. */
  isReleasing(uid: string): boolean;
  /** What the application or an operator is doing that may end the hold of a user. */
  causeOfEnd(uid: string): string | undefined;
  /** Waits in this process. */
  wait(ms: number): Promise<void>;
  /** A call to another machine. The request takes half of the time, and arrives even if this process is paused or killed. */
  callOutside<T>(ms: number, call: () => T): Promise<T>;
}

/** The application of a pod, as events and gateways call it. */
export interface PodApplication {
  saves: StorageManner;
  opens: StorageManner;
  serve(work: Work): Promise<'done' | typeof NOT_MINE>;
  /** Drops the state of a user that the pod no longer holds. */
  forget(uid: string): void;
  /** Starts to note which users a hand-off saves. The result returns the held users that it did not save but should have. */
  watchSaves(): () => readonly string[];
  /** Saves and releases a user. */
  release(uid: string, keepSeconds?: number): Promise<void>;
  /** Scopes of one user, each opened as the previous one ends. */
  overlap(uid: string, count: number, workMs: number): Promise<void>;
}
