import type { Environment } from '@stateful-route/driver';

/** What a child finds in its environment, beside the agent's own. */
export function childEnvironment(
  env: Environment,
  address: string,
  podId: number,
  tokenFile: string | undefined,
): Environment {
  return {
    ...env,
    STATEFUL_ROUTE_AGENT: address,
    STATEFUL_ROUTE_ORDINAL: String(podId),
    ...(tokenFile === undefined ? {} : { STATEFUL_ROUTE_AGENT_TOKEN_FILE: tokenFile }),
  };
}
