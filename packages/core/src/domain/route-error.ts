import type { OwnerStands } from '../rules/liveness.ts';

/** One fault of a configuration, or of the options of a call. */
export interface ConfigFault {
  /** The name, as the user wrote it. */
  readonly name: string;
  readonly problem: string;
}

/** Why a user stays with a pod that cannot be called. */
export type PodStands =
  | OwnerStands
  /** It is not known yet whether the pod holds the user: a reply was lost. */
  | 'in doubt'
  /** The store came back empty, and the user's owner may not have put its claim back yet. */
  | 'restored directory'
  /** The service has `deadOwner: 'wait'`: its users wait for the same ordinal. */
  | 'waits for its owner'
  /** The pod reports that it does not hold the user, or that another one does. */
  | 'not mine'
  /** This caller could not reach the pod. */
  | 'unreachable';

interface PodOfService {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

/** The fields of each code's errors. */
export interface RouteErrorFields {
  /** An unknown service. */
  SERVICE_NOT_FOUND: { readonly namespace: string; readonly serviceName: string };
  /** No pod of the service can take a new user now. */
  SERVICE_NOT_READY: { readonly namespace: string; readonly serviceName: string };
  POD_NOT_FOUND: PodOfService;
  /** The user's pod cannot be called now, and must not be replaced yet: try again after `retryAfterMs`. */
  POD_NOT_AVAILABLE: Omit<PodOfService, 'podId'> & {
    /** `undefined`: it is not known which pod has the user. */
    readonly podId: number | undefined;
    readonly uid: string;
    readonly retryAfterMs: number;
    readonly why: PodStands;
  };
  POD_NOT_ROUTABLE: PodOfService;
  /** The store refused a call or could not be reached. */
  STORE_ERROR: {
    readonly operation: string;
    /**
     * The present epoch, if the call rested on a reading of an earlier one. Nothing was written: read the service again, and
     * decide again.
     */
    readonly epoch?: number | undefined;
    /** The uids or services of a batch whose keys cannot be read. A batch without them succeeds. */
    readonly damaged?: readonly string[] | undefined;
    /** The server that no connection can be made to: host and port, or the path to it. Nothing was sent. */
    readonly unreachable?: string | undefined;
  };
  /** All faults of the argument; `parameter` and `problem` are those of the first. */
  INVALID_PARAMETER: {
    readonly parameter: string;
    readonly problem: string;
    readonly faults: readonly ConfigFault[];
  };
  /** All faults of a configuration. */
  INVALID_CONFIG: { readonly faults: readonly ConfigFault[] };
  MISSING_DEPENDENCY: { readonly dependency: string };
  NAMESPACE_NOT_LOCAL: { readonly namespace: string; readonly localNamespace: string };
  ALREADY_RUNNING: { readonly part: string };
  NOT_RUNNING: { readonly part: string };
  /** A heartbeat or a claim of an earlier incarnation of the pod. */
  FENCED: PodOfService & {
    readonly incarnation: string;
    /** The greater incarnation that the store has. */
    readonly met?: string | undefined;
  };
  /** The call's deadline passed. `effect` says whether it may have acted. */
  TIMEOUT: {
    readonly operation: string;
    readonly timeoutMs: number;
    readonly effect: 'none' | 'unknown';
  };
  INTERNAL_ERROR: Readonly<Record<never, never>>;
}

/** The literal code of a {@link RouteError}. */
export type RouteErrorCode = keyof RouteErrorFields;

/** A {@link RouteError} of one code, with that code's fields. */
export type RouteErrorOf<C extends RouteErrorCode> = RouteError & { readonly code: C } & RouteErrorFields[C];

/** Options of an error beside its code, message and fields. */
export interface RouteErrorInit {
  readonly cause?: unknown;
  /** Whether the same call may simply be made again. Default: by code. */
  readonly retryable?: boolean | undefined;
}

const brand = Symbol.for('stateful-route.RouteError');

const retryableByDefault: ReadonlySet<RouteErrorCode> = new Set<RouteErrorCode>([
  'SERVICE_NOT_READY',
  'POD_NOT_AVAILABLE',
  'STORE_ERROR',
]);

/** The one error of this library. Its message says what to do; its code's fields are properties of it. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
  readonly code: RouteErrorCode;
  /** Whether the same call may simply be made again. */
  readonly retryable: boolean;

  /** Use {@link routeError}, which gives the error its code's type. */
  constructor(code: RouteErrorCode, message: string, init: RouteErrorInit = {}) {
    super(message, 'cause' in init ? { cause: init.cause } : undefined);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
    this.retryable = init.retryable ?? retryableByDefault.has(code);
  }
}

/** Makes an error of one code with that code's fields. */
export function routeError<C extends RouteErrorCode>(
  code: C,
  message: string,
  fields: RouteErrorFields[C],
  init?: RouteErrorInit,
): RouteErrorOf<C> {
  return Object.assign(new RouteError(code, message, init), fields) as RouteErrorOf<C>;
}

/**
 * Whether a caught value is a {@link RouteError}, of the given code if one is given. It recognises errors of another
 * copy of this package too, which `instanceof` does not.
 */
export function isRouteError(error: unknown): error is RouteError;
export function isRouteError<C extends RouteErrorCode>(error: unknown, code: C): error is RouteErrorOf<C>;
export function isRouteError(error: unknown, code?: RouteErrorCode): boolean {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || (error as { readonly code?: unknown }).code === code;
}
