/** `GET /api/v1/services/{service}/rollout`. */
export interface RolloutDetails {
  readonly service: string;
  readonly storeTime: number;
  /** Whether an update runs. */
  readonly updating: boolean;
  /** Each revision of the pods that are alive, the newest first. */
  readonly revisions: readonly RevisionDetails[];
  /** When the first pod of the newest revision started, if the journal still knows. */
  readonly startedAt?: number | undefined;
  /** How many users were moved since. */
  readonly moved?: number | undefined;
  /** The same, for each user that there is. */
  readonly movesPerUser?: number | undefined;
}

/** A revision in a rollout. */
export interface RevisionDetails {
  /** Absent for pods that publish none. */
  readonly revision?: string | undefined;
  /** Whether it is the revision of the highest ordinal, which a StatefulSet updates first. */
  readonly newest: boolean;
  readonly pods: readonly number[];
  readonly users: number;
  readonly load: { readonly mean: number; readonly max: number };
}

/** `GET /api/v1/services/{service}/scale-in?replicas=N[&ratePerSecond=]`: what a scale-in to N pods would do. It changes nothing. */
export interface ScaleInDetails {
  readonly service: string;
  readonly replicas: number;
  /** The pods that go, the highest ordinal first. */
  readonly goes: readonly { readonly podId: number; readonly users: number }[];
  /** Who gets how many of their users. */
  readonly receives: readonly { readonly podId: number; readonly users: number }[];
  readonly usersMoved: number;
  /** Whether the rest can carry them. */
  readonly fits: boolean;
  /** Why not. */
  readonly problem?: string | undefined;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** The line to run afterwards. This console does not call Kubernetes. */
  readonly kubectl: string;
}

/** `GET /api/v1/services/{service}/rebalance`: what evening out would do now. It changes nothing. */
export interface RebalanceDetails {
  readonly service: string;
  readonly storeTime: number;
  readonly frozen?: { readonly at: number; readonly by?: string | undefined } | undefined;
  /** Why nothing would be moved now, whatever the loads: a condition of the service in a word or two. */
  readonly hold?: string | undefined;
  /** How long the moves take at least, by the budgets. */
  readonly durationMs: number;
  readonly moves: readonly {
    readonly from: number;
    readonly to: number;
    readonly users: number;
    readonly load?: number | undefined;
    /** `addition`: to a pod that came. `balance`: to even out. */
    readonly label: string;
  }[];
}

/** `GET /api/v1/services/{service}/desired-replicas`, as KEDA's `metrics-api` scaler reads it. */
export interface DesiredReplicas {
  readonly service: string;
  /** Absent if the leader published none. */
  readonly desiredReplicas?: number | undefined;
}
