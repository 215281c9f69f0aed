import { readFileSync } from 'node:fs';
import type { ConfigFault } from '@stateful-route/core';
import { faultsOf, invalidConfig, unknownName } from '@stateful-route/core/adapter';
import { headlessDns, type ResolveAddress } from '@stateful-route/driver';
import { checkGatewayOptions, gatewayOptionNames } from '../admit/gateway-option-rules.ts';
import type { GatewayOptions } from '../gateway.ts';
import { type AddressRule, addressRule } from './address-rule.ts';

/** A service of the program: which requests are its, and the options of its gateway. */
export interface ServiceConfig {
  readonly name: string;
  /** The hosts, in lower case. Empty: any. */
  readonly hosts: readonly string[];
  /** The paths that requests begin with. Empty: any. */
  readonly paths: readonly string[];
  readonly options: GatewayOptions;
  /** The addresses of pods that publish none. */
  readonly resolveAddress?: ResolveAddress | undefined;
}

/** Options of `createGateway` that the program gives itself, or that only code can give. */
const NOT_IN_FILE: readonly string[] = [
  'service',
  'services',
  'serviceOf',
  'withoutUid',
  'clock',
  'logger',
  'closeSpreadMs',
];
const OWN = [
  'name',
  'host',
  'path',
  'port',
  'governingService',
  'clusterDomain',
  'allowAddress',
  'trustProxy',
] as const;
type Own = Readonly<Partial<Record<(typeof OWN)[number], unknown>>>;
const KEY_FILES = { secretFile: 'secret', publicKeyFile: 'publicKey' } as const;
const PATH = /^\/[^?#\s]*$/;

/**
 * Reads the services. All that is not said here is an option of `createGateway`, under its name.
 *
 * @throws `INVALID_CONFIG` with every fault.
 */
export function readServices(given: readonly unknown[]): ServiceConfig[] {
  const faults: ConfigFault[] = [];
  const services = given.map((one, at) => {
    if (typeof one !== 'object' || one === null) return undefined;
    return readService(one as Readonly<Record<string, unknown>>, (name, problem) => {
      faults.push({ name: name === '' ? `services.${at}` : `services.${at}.${name}`, problem });
    });
  });
  const known = services.filter((service) => service !== undefined);
  if (faults.length === 0) faults.push(...overlaps(known));
  if (faults.length > 0) throw invalidConfig(faults);
  return known;
}

type AddFault = (name: string, problem: string) => void;

function readService(given: Readonly<Record<string, unknown>>, add: AddFault): ServiceConfig {
  const { name, host, path, port, governingService, clusterDomain, allowAddress, trustProxy }: Own = given;
  const options: Record<string, unknown> = {
    ...gatewayOptionsIn(given, add),
    service: name,
    ...(allowAddress !== undefined && { allowAddress: readAddressRule('allowAddress', allowAddress, add) }),
    ...(trustProxy !== undefined && { trustProxy: readAddressRule('trustProxy', trustProxy, add) }),
  };
  if (name === undefined) add('name', 'must be given');
  for (const { name: at, problem } of faultsOf(() => checkGatewayOptions(options)) ?? []) {
    if (at !== 'service') add(at, problem);
    else if (name !== undefined) add('name', problem);
  }
  const dns = { port, governingService, clusterDomain };
  const hasDns = Object.values(dns).some((value) => value !== undefined);
  let resolveAddress: ResolveAddress | undefined;
  const dnsFaults = hasDns
    ? faultsOf(() => void (resolveAddress = headlessDns(dns as Parameters<typeof headlessDns>[0])))
    : undefined;
  for (const { name: at, problem } of dnsFaults ?? []) add(at, problem);
  return {
    name: name as string,
    hosts: texts(host, 'host', /^[a-z0-9.-]+$|^\[[0-9a-f:]+\]$/, 'must be a host name in lower case', add),
    paths: texts(path, 'path', PATH, 'must begin with /', add).map((prefix) => prefix.replace(/\/+$/, '')),
    options: options as unknown as GatewayOptions,
    resolveAddress,
  };
}

/** What a service says under the names of options of `createGateway`. */
function gatewayOptionsIn(given: Readonly<Record<string, unknown>>, add: AddFault): Record<string, unknown> {
  const known = gatewayOptionNames.filter((option) => !NOT_IN_FILE.includes(option));
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if ((OWN as readonly string[]).includes(name)) continue;
    if (name === 'uid') options['uid'] = withKeyFiles(value, add);
    else if (known.includes(name)) options[name] = value;
    else add(name, unknownName(name, [...OWN, ...known]).problem);
  }
  return options;
}

function texts(given: unknown, name: string, form: RegExp, problem: string, add: AddFault): string[] {
  if (given === undefined) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const valid = list.filter((one) => typeof one === 'string' && form.test(one)) as string[];
  if (valid.length < list.length || list.length === 0) add(name, problem);
  return valid;
}

/** Keys of tokens may be in files, which a secret is mounted as. */
function withKeyFiles(uid: unknown, add: AddFault): unknown {
  const jwt: unknown = (uid as { readonly jwt?: unknown } | null | undefined)?.jwt;
  if (typeof jwt !== 'object' || jwt === null) return uid;
  const given: Record<string, unknown> = { ...jwt };
  for (const [file, name] of Object.entries(KEY_FILES)) {
    const path = given[file];
    if (path === undefined) continue;
    delete given[file];
    if (typeof path !== 'string') {
      add(`uid.jwt.${file}`, 'must be the path of a file');
      continue;
    }
    try {
      given[name] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      add(`uid.jwt.${file}`, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return { ...(uid as object), jwt: given };
}

function readAddressRule(name: string, given: unknown, add: AddFault): AddressRule | undefined {
  const rule = addressRule(given);
  if (rule === undefined) {
    add(name, 'must be a list of networks (10.0.0.0/8) and of host names (*.room.game.svc.cluster.local)');
  }
  return rule;
}

/** No request may belong to two services, and no two share a name, by which the look-up API knows them. */
function overlaps(services: readonly ServiceConfig[]): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const taken = new Map<string, number>();
  services.forEach(({ name, hosts, paths }, at) => {
    const keys = or(hosts).flatMap((host) => or(paths).map((path) => `${host}${path}`));
    for (const key of [
      `name ${name}`,
      ...keys.map((one) => `requests to ${one === '' ? 'any host and path' : one}`),
    ]) {
      const other = taken.get(key);
      if (other === undefined) taken.set(key, at);
      else faults.push({ name: `services.${at}`, problem: `has the same ${key} as services.${other}` });
    }
  });
  return faults;
}

const or = (list: readonly string[]): readonly string[] => (list.length === 0 ? [''] : list);
