import type { OwnerStands } from '../rules/liveness.ts';

/** One fault of a configuration, or of the options of a call. */
export interface ConfigFault {
  /** The name, as the user wrote it. */
  readonly name: string;
  readonly problem: string;
}

/** Why a pod that cannot be called keeps its user. */
export type PodStands =
  | OwnerStands
  /** Whether the pod holds the user is not known yet: a reply was lost. */
  | 'in doubt'
  /** The store came back empty: the user's owner may be on its way. */
  | 'restored directory'
  /** The service wants its users to wait for the same ordinal. */
  | 'waits for its owner'
  /** The pod says that it does not hold the user, or another one does. */
  | 'not mine'
  /** This caller could not reach the pod. */
  | 'unreachable';

interface PodOfService {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

/** What each code carries beside its message. */
export interface RouteErrorFields {
  /** A tag or a service that nobody knows. */
  SERVICE_NOT_FOUND: { readonly namespace: string; readonly serviceName: string };
  /** No pod of the service can take a new user now. */
  SERVICE_NOT_READY: { readonly namespace: string; readonly serviceName: string };
  POD_NOT_FOUND: PodOfService;
  /** The user's pod cannot be called now, and must not be replaced yet: ask again after `retryAfterMs`. */
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
     * The epoch of the store's connection, where the call rested on a reading of an earlier one. Nothing was written:
     * read the service again, and decide anew.
     */
    readonly epoch?: number | undefined;
    /** Of a batch, the uids or services whose keys hold what cannot be read. Asked without them, the others are answered. */
    readonly damaged?: readonly string[] | undefined;
    /**
     * The server that no connection can be made to, as host and port, or what leads to it. Nothing was sent, and what the store
     * keeps is not known.
     */
    readonly unreachable?: string | undefined;
  };
  /** Every fault of the argument at once; `parameter` and `problem` are those of the first. */
  INVALID_PARAMETER: {
    readonly parameter: string;
    readonly problem: string;
    readonly faults: readonly ConfigFault[];
  };
  /** Every fault of a configuration at once. */
  INVALID_CONFIG: { readonly faults: readonly ConfigFault[] };
  MISSING_DEPENDENCY: { readonly dependency: string };
  NAMESPACE_NOT_LOCAL: { readonly namespace: string; readonly localNamespace: string };
  ALREADY_RUNNING: { readonly part: string };
  NOT_RUNNING: { readonly part: string };
  /** A heartbeat or a claim of an incarnation that is no longer the pod's. */
  FENCED: PodOfService & {
    readonly incarnation: string;
    /** The incarnation that was met, and is the greater one. */
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

/** What an error may be given beside its code, message and fields. */
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
