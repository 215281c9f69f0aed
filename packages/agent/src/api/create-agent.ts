import {
  type Check,
  checkDuration,
  checkFunction,
  configCheck,
  invalidConfig,
  invalidParameter,
} from '@stateful-route/core/adapter';
import { AgentPod, type PodRoute } from '../pod/agent-pod.ts';
import { agentApi } from './agent-api.ts';

/** Options of {@link createAgent}. */
export interface AgentOptions {
  /**
   * How long the application has to acknowledge a hand-off, in ms. A user whom it does not acknowledge by then stays on the pod.
   * It must be less than the route's `userTimeoutMs`, after which a user is moved all the same. Default: four fifths of that.
   */
  readonly saveTimeoutMs?: number | undefined;
  /** Requests must send it: `Authorization: Bearer TOKEN`. Default: none is asked for, as a unix socket has its mode. */
  readonly token?: string | undefined;
  /** More reasons why the pod is not ready, for `/readyz`. Default: those of the route alone. */
  readonly problems?: (() => readonly string[]) | undefined;
  /** The answer to `/metrics`, in Prometheus' text format. Default: 404. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

/** The local API of a pod whose application is another process. */
export interface Agent {
  /** Answers a request of the application. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Whether an application follows `/v1/events`. */
  readonly hasSubscriber: boolean;
  /** Claims nobody from now on: to be called between a drain and `stop`. */
  refuseClaims(): void;
  /** The application has ended: nobody is claimed, and hand-offs fail at once with this reason. */
  close(reason: Error): void;
}

/** The application's share of the route's time for a save. */
const SAVE_SHARE = 0.8;

const checkText: Check = (value, parameter = 'token') => {
  if (typeof value !== 'string' || value === '') throw invalidParameter(parameter, 'must be a text');
};

const checkAgentOptions = configCheck<AgentOptions>({
  saveTimeoutMs: checkDuration,
  token: checkText,
  problems: checkFunction,
  metrics: checkFunction,
});

/**
 * The API that `stateful-route-agent` serves, for a program of your own. Make it before the route starts, so that no event is
 * missed. It registers the route's `onHandOff`.
 *
 * @throws `INVALID_CONFIG` with every fault.
 */
export function createAgent(route: PodRoute, options: AgentOptions = {}): Agent {
  checkAgentOptions(options);
  const { place, config, clock, logger } = route.parts;
  const { saveTimeoutMs = Math.floor(config.userTimeoutMs * SAVE_SHARE) } = options;
  if (saveTimeoutMs >= config.userTimeoutMs) {
    const problem = `must be less than the route's userTimeoutMs (${config.userTimeoutMs} ms)`;
    throw invalidConfig([{ name: 'saveTimeoutMs', problem }]);
  }
  const pod = new AgentPod({
    route,
    pod: { namespace: place.namespace, serviceName: place.serviceName!, podId: place.podId! },
    clock,
    saveTimeoutMs,
    machineMs: process.platform === 'linux' ? machineMs : undefined,
  });
  const api = agentApi({
    pod,
    logger,
    token: options.token,
    ready: () => ({ problems: [...route.readiness().problems, ...(options.problems?.() ?? [])] }),
    live: () => route.liveness(),
    metrics: options.metrics,
  });
  return {
    fetch: async (request) => api.fetch(request),
    get hasSubscriber() {
      return pod.hasSubscriber;
    },
    refuseClaims: () => pod.refuseClaims(),
    close: (reason) => pod.close(reason),
  };
}

/** `CLOCK_MONOTONIC` in ms: on Linux every process of the machine reads the same. */
function machineMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
