import { readFileSync } from 'node:fs';
import type { ConfigFault } from '@stateful-route/core';
import {
  checkNamespace,
  checkServiceName,
  configCheck,
  faultsOf,
  invalidConfig,
  POD_ID_MAX,
} from '@stateful-route/core/adapter';

/** The identity of this process in its cluster. */
export interface PodIdentity {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

/** What the environment says of this process. */
export interface PodFromEnv extends PodIdentity {
  /** Which version of the program it runs; absent if `POD_REVISION` is not set. */
  readonly revision?: string | undefined;
}

/** What the environment may lack. */
export interface FromEnvOptions {
  /** The service's name, which is the StatefulSet's. Without it `POD_NAME` is required, and `HOSTNAME` is ignored. */
  readonly serviceName?: string | undefined;
}

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file; `undefined` if it does not exist. */
export type ReadTextFile = (path: string) => string | undefined;

const SERVICE_ACCOUNT_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const STATEFUL_SET_POD = /^(?<serviceName>.+)-(?<ordinal>[^-]+)$/s;
const ORDINAL = /^(?:0|[1-9]\d{0,9})$/;

/** The identity in one variable. */
interface Said {
  readonly variable: string;
  readonly text: string;
  readonly podId: number;
  readonly serviceName?: string | undefined;
}

const readTextFile: ReadTextFile = (path) => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
};

const checkOptions = configCheck<FromEnvOptions>({ serviceName: checkServiceName });

/**
 * The identity that Kubernetes gives a StatefulSet's pod.
 *
 * - The ordinal: `POD_INDEX`, else the end of `POD_NAME`, else the end of `HOSTNAME`.
 * - The service's name: the given one, else the rest of `POD_NAME`. `HOSTNAME` is used only if its rest is the given name: with
 *   `hostNetwork` it is the node's name.
 * - The namespace: `POD_NAMESPACE`, else the service account's file.
 * - The revision: `POD_REVISION`, from the label `controller-revision-hash`.
 *
 * An empty variable counts as not set. The variables that are used must agree; nothing is guessed.
 *
 * @param readFile - reads the service account's file.
 * @throws `INVALID_CONFIG` with every fault at once.
 *
 * @example
 * fromEnv({ POD_NAME: 'room-2', POD_NAMESPACE: 'game' }); // { namespace: 'game', serviceName: 'room', podId: 2 }
 */
export function fromEnv(
  env: Environment = process.env,
  options: FromEnvOptions = {},
  readFile: ReadTextFile = readTextFile,
): PodFromEnv {
  const faults = [...(faultsOf(() => checkOptions(options)) ?? [])];
  if (typeof env !== 'object' || env === null) faults.push({ name: 'env', problem: 'must be an object' });
  if (faults.length > 0) throw invalidConfig(faults);

  const said = whatCounts(env, options.serviceName, faults);
  const serviceName = options.serviceName ?? said.find((each) => each.serviceName !== undefined)?.serviceName;
  faults.push(...disagreements(said, options.serviceName));
  const [first] = said;
  const isOrdinalSet = Boolean(env['POD_INDEX'] || env['POD_NAME'] || first);
  if (!isOrdinalSet) faults.push(missingOrdinal(env));
  else if (serviceName === undefined && !env['POD_NAME']) faults.push(missingService);

  const namespace = env['POD_NAMESPACE'] || readFile(SERVICE_ACCOUNT_NAMESPACE);
  if (!namespace) faults.push(missingNamespace);
  else refuse(faults, 'POD_NAMESPACE', () => checkNamespace(namespace));
  if (!first || !namespace || serviceName === undefined || faults.length > 0) throw invalidConfig(faults);
  const identity = { namespace, serviceName, podId: first.podId };
  const revision = env['POD_REVISION'];
  return revision ? { ...identity, revision } : identity;
}

/** The identities in the variables that are used, by descending priority. */
function whatCounts(env: Environment, given: string | undefined, faults: ConfigFault[]): Said[] {
  const said: Said[] = [];
  const index = env['POD_INDEX'];
  if (index) {
    const podId = ordinalOf(index);
    if (podId !== undefined) said.push({ variable: 'POD_INDEX', text: index, podId });
    else
      faults.push({ name: 'POD_INDEX', problem: `must be an ordinal, 0 to ${POD_ID_MAX}; it is "${index}"` });
  }
  const podName = env['POD_NAME'];
  if (podName) {
    const pod = podOf('POD_NAME', podName);
    if (pod) {
      said.push(pod);
      refuse(faults, 'POD_NAME', () => checkServiceName(pod.serviceName));
    } else {
      const problem = `must be <service>-<ordinal>, as a StatefulSet names its pods; it is "${podName}"`;
      faults.push({ name: 'POD_NAME', problem });
    }
  } else {
    const host = podOf('HOSTNAME', env['HOSTNAME'] ?? '');
    if (host && host.serviceName === given) said.push(host);
  }
  return said;
}

function disagreements(said: readonly Said[], given: string | undefined): ConfigFault[] {
  const [first, ...others] = said;
  const faults = others
    .filter(({ podId }) => podId !== first?.podId)
    .map(({ variable, text }) => ({
      name: variable,
      problem: `is "${text}", but ${first?.variable} is "${first?.text}": both must name the same ordinal`,
    }));
  const named = said.find(({ serviceName }) => serviceName !== undefined);
  if (given !== undefined && named && named.serviceName !== given) {
    const problem = `is "${given}", but ${named.variable} is "${named.text}": both must name the same service`;
    faults.push({ name: 'serviceName', problem });
  }
  return faults;
}

const missingService: ConfigFault = {
  name: 'serviceName',
  problem:
    'must be given, as POD_INDEX has only the ordinal: set POD_NAME from metadata.name, or call fromEnv(env, { serviceName })',
};

const missingNamespace: ConfigFault = {
  name: 'POD_NAMESPACE',
  problem: `must be set, from metadata.namespace, as there is no ${SERVICE_ACCOUNT_NAMESPACE}`,
};

function missingOrdinal(env: Environment): ConfigFault {
  const host = env['HOSTNAME'];
  const why = host
    ? `. HOSTNAME is "${host}", and counts only as <serviceName>-<ordinal> of the serviceName that fromEnv is given`
    : '';
  return {
    name: 'POD_NAME',
    problem: `must be set, from metadata.name, or POD_INDEX beside the option serviceName${why}`,
  };
}

function podOf(variable: string, text: string): (Said & { readonly serviceName: string }) | undefined {
  const { serviceName, ordinal = '' } = STATEFUL_SET_POD.exec(text)?.groups ?? {};
  const podId = ordinalOf(ordinal);
  return serviceName === undefined || podId === undefined
    ? undefined
    : { variable, text, podId, serviceName };
}

function ordinalOf(text: string): number | undefined {
  return ORDINAL.test(text) && Number(text) <= POD_ID_MAX ? Number(text) : undefined;
}

function refuse(faults: ConfigFault[], name: string, check: () => void): void {
  for (const { problem } of faultsOf(check) ?? []) faults.push({ name, problem });
}
