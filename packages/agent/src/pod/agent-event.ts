import type { UserClaim } from '@stateful-route/core';

/** How long the application may serve. */
export interface LeaseLeft {
  /** In ms, rounded down: 0 while the pod is fenced. Counted from the moment at which this was sent. */
  readonly validForMs: number;
  /**
   * The same moment by the machine's `CLOCK_MONOTONIC`, in ms: Python's `time.monotonic() * 1000`. It stays true however late it is
   * read. Absent elsewhere than on Linux.
   */
  readonly validUntilMs?: number | undefined;
}

/** A user whom the application stops serving, saves, and acknowledges. */
export interface PendingHandOff extends UserClaim {
  readonly id: string;
  /** The pod that the user moves to; `null` if there is none. */
  readonly podId: number | null;
}

/** What a subscriber is told. The first event is the whole state. */
interface AgentEvents {
  readonly state: LeaseLeft & {
    readonly namespace: string;
    readonly service: string;
    readonly podId: number;
    readonly fenced: boolean;
    readonly users: readonly UserClaim[];
    /** Those not acknowledged; each follows as an event of its own. */
    readonly handOffs: readonly PendingHandOff[];
  };
  /** A heartbeat was acknowledged. */
  readonly lease: LeaseLeft;
  /** The application must serve nobody. */
  readonly fenced: { readonly reason: string };
  /** The application may serve again, these users with new tokens. */
  readonly unfenced: LeaseLeft & { readonly claims: readonly UserClaim[] };
  /** These users are not the pod's any more. */
  readonly claimsLost: { readonly claims: readonly UserClaim[] };
  readonly handOff: PendingHandOff;
  /** `moved: false`: the user stays, and is served again. Not sent of a user who was lost or fenced meanwhile. */
  readonly handOffEnded: PendingHandOff & { readonly moved: boolean };
}

/** An event with its name. */
export type AgentEvent = {
  readonly [Name in keyof AgentEvents]: { readonly name: Name; readonly data: AgentEvents[Name] };
}[keyof AgentEvents];

/** Gets the events of an agent, in order. */
export type Subscriber = (event: AgentEvent) => void;
