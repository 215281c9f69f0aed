/** One fault of a configuration, or of a call's arguments. */
export interface ConfigFault {
  /** The name as the user wrote it. */
  readonly name: string;
  readonly problem: string;
}

/** Why a claim's owner is not to be replaced. */
export type OwnerStands =
  /** Its lease has not ended, or the owner is known only by a bare word. */
  | 'lease'
  /** The directory is younger than a lease: it may have lost the owner's heartbeat. */
  | 'young directory'
  /** Too many pods fell silent at once. */
  | 'mass expiry';

/** Why a pod keeps its user although it cannot be called. */
export type PodStands =
  | OwnerStands
  /** A reply was lost, so it is not known yet whether the pod holds the user. */
  | 'in doubt'
  /** The store came back empty, and the user's owner may not have healed yet. */
  | 'restored directory'
  /** The service's users wait for the same ordinal (`deadOwner: 'wait'`). */
  | 'waits for its owner'
  /** The user is quarantined: each pod that opened him lately has died. */
  | 'quarantined'
  /** The pod replied that it does not hold the user, or another pod does. */
  | 'not mine'
  /** This caller could not reach the pod. */
  | 'unreachable';

/** The fields of each code, beside the message. */
export interface RouteErrorFields {
  /** No pod of the service can take a new user now. */
  SERVICE_NOT_READY: { readonly namespace: string; readonly serviceName: string };
  /** A test names a pod that it has not made (`createTestRoute`). */
  POD_NOT_FOUND: { readonly namespace: string; readonly serviceName: string; readonly podId: number };
  /** The user's pod cannot be called now, and must not be replaced yet. Retry after `retryAfterMs`. */
  POD_NOT_AVAILABLE: {
    readonly namespace: string;
    readonly serviceName: string;
    /** `undefined` if it is not known which pod has the user. */
    readonly podId: number | undefined;
    readonly uid: string;
    readonly retryAfterMs: number;
    readonly why: PodStands;
  };
  /** The store rejected a call or could not be reached. */
  STORE_ERROR: {
    readonly operation: string;
    /**
     * The current epoch, if the call rested on a reading of an earlier one. Nothing was written: read the service again, and
     * repeat the decision.
     */
    readonly epoch?: number | undefined;
    /** The uids or services of a batch whose keys cannot be read. The same call without them succeeds. */
    readonly damaged?: readonly string[] | undefined;
    /** The host and port that no connection could be made to, or the name that leads to it. Nothing was sent. */
    readonly unreachable?: string | undefined;
  };
  /** Every fault of the arguments; `parameter` and `problem` are those of the first. */
  INVALID_PARAMETER: {
    readonly parameter: string;
    readonly problem: string;
    readonly faults: readonly ConfigFault[];
  };
  /** Every fault of a configuration. */
  INVALID_CONFIG: { readonly faults: readonly ConfigFault[] };
  MISSING_DEPENDENCY: { readonly dependency: string };
  NAMESPACE_NOT_LOCAL: { readonly namespace: string; readonly localNamespace: string };
  ALREADY_RUNNING: { readonly part: string };
  NOT_RUNNING: { readonly part: string };
  /** A heartbeat, a claim or the report of a death of an incarnation that is no longer the pod's. */
  FENCED: {
    readonly namespace: string;
    readonly serviceName: string;
    readonly podId: number;
    readonly incarnation: string;
    /** The incarnation that the store has: a greater one, or the same if it was reported dead. */
    readonly met?: string | undefined;
  };
  /** The call's deadline passed. `effect` says whether a write may have taken effect. */
  TIMEOUT: {
    readonly operation: string;
    readonly timeoutMs: number;
    readonly effect: 'none' | 'unknown';
  };
  /** A queue is full. Nothing was done: retry after `retryAfterMs`. */
  OVERLOADED: {
    /** What is full, in words. */
    readonly resource: string;
    readonly limit: number;
    readonly retryAfterMs: number;
  };
  /** A use has acted on the user's state, but its save was given up: the change may be lost. A retry would act twice. */
  NOT_SAVED: { readonly uid: string };
  INTERNAL_ERROR: Readonly<Record<never, never>>;
}

/** The literal code of a {@link RouteError}. */
export type RouteErrorCode = keyof RouteErrorFields;

/** A {@link RouteError} of one code, with that code's fields. */
export type RouteErrorOf<C extends RouteErrorCode> = RouteError & { readonly code: C } & RouteErrorFields[C];

/** Options of an error, beside its code, message and fields. */
export interface RouteErrorInit {
  readonly cause?: unknown;
  /** Whether the same call may succeed later. Default: by code. */
  readonly retryable?: boolean | undefined;
}

const brand = Symbol.for('stateful-route.RouteError');

const retryableByDefault: ReadonlySet<RouteErrorCode> = new Set<RouteErrorCode>([
  'SERVICE_NOT_READY',
  'POD_NOT_AVAILABLE',
  'STORE_ERROR',
  'OVERLOADED',
]);

/** The only error class of this library. Its message says what to do; its code's fields are properties of it. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
  readonly code: RouteErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  /** Use {@link routeError}, which types the error by its code. */
  constructor(code: RouteErrorCode, message: string, init: RouteErrorInit = {}) {
    super(message, 'cause' in init ? { cause: init.cause } : undefined);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
    this.retryable = init.retryable ?? retryableByDefault.has(code);
  }
}

/** Makes an error with a code and that code's fields. */
export function routeError<C extends RouteErrorCode>(
  code: C,
  message: string,
  fields: RouteErrorFields[C],
  init?: RouteErrorInit,
): RouteErrorOf<C> {
  return Object.assign(new RouteError(code, message, init), fields) as RouteErrorOf<C>;
}

/**
 * Whether a caught value is a {@link RouteError}, and has the given code if one is given. Unlike `instanceof` it recognises
 * errors of another copy of this package.
 */
export function isRouteError(error: unknown): error is RouteError;
export function isRouteError<C extends RouteErrorCode>(error: unknown, code: C): error is RouteErrorOf<C>;
export function isRouteError(error: unknown, code?: RouteErrorCode): boolean {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || (error as { readonly code?: unknown }).code === code;
}
