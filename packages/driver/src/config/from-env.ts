import { readFileSync } from 'node:fs';
import { checkNamespace, checkServiceName, type ConfigFault, isRouteError } from '@stateful-route/core';
import { invalidConfig } from './resolve-config.ts';

/** Who this process is in its cluster. */
export interface PodIdentity {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

const SERVICE_ACCOUNT_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const STATEFUL_SET_POD = /^(?<serviceName>.+)-(?<podId>0|[1-9]\d{0,9})$/;
const ORDINAL = /^(?:0|[1-9]\d{0,9})$/;

/** Reads a file; `undefined` when it is not there. */
export type ReadTextFile = (path: string) => string | undefined;

const readTextFile: ReadTextFile = (path) => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/**
 * The identity that Kubernetes gives a StatefulSet's pod: the ordinal from `POD_INDEX`, else the suffix of `POD_NAME`,
 * else of `HOSTNAME`, whose remainder is the service's name; the namespace from `POD_NAMESPACE`, else the service
 * account's file.
 *
 * @throws `INVALID_CONFIG` with every fault at once; nothing is guessed.
 */
export function fromEnv(
  env: Readonly<Record<string, string | undefined>> = process.env,
  readFile: ReadTextFile = readTextFile,
): PodIdentity {
  const faults: ConfigFault[] = [];
  const source = env['POD_NAME'] ? 'POD_NAME' : 'HOSTNAME';
  const name = STATEFUL_SET_POD.exec(env[source] ?? '')?.groups;
  if (!name) {
    faults.push({
      name: source,
      problem: `must be <service>-<ordinal>, as a StatefulSet names its pods; it is "${env[source] ?? ''}"`,
    });
  }
  const index = env['POD_INDEX'];
  if (index && !ORDINAL.test(index)) {
    faults.push({ name: 'POD_INDEX', problem: `must be an ordinal; it is "${index}"` });
  }
  const namespace = env['POD_NAMESPACE'] || readFile(SERVICE_ACCOUNT_NAMESPACE) || '';
  fault(faults, 'POD_NAMESPACE', () => {
    checkNamespace(namespace);
  });
  const serviceName = name?.['serviceName'] ?? '';
  if (name) {
    fault(faults, source, () => {
      checkServiceName(serviceName);
    });
  }
  if (faults.length > 0) throw invalidConfig(faults);
  return { namespace, serviceName, podId: Number(index || name?.['podId']) };
}

function fault(faults: ConfigFault[], name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isRouteError(error, 'INVALID_PARAMETER')) throw error;
    faults.push({ name, problem: error.problem });
  }
}
