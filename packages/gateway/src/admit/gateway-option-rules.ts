import {
  type Check,
  checkClock,
  checkDuration,
  checkFunction,
  checkInteger,
  checkLogger,
  checkServiceName,
  checkWait,
  configCheck,
  faultsOf,
  invalidConfig,
  invalidParameter,
  type OptionRules,
} from '@stateful-route/core/adapter';
import type { GatewayOptions } from '../gateway.ts';
import { checkUidSource } from './uid-source-rules.ts';

const COUNT_MAX = 1_000_000;
const REPLAY_BYTES_MAX = 16_777_216;
const BODY_BYTES_MAX = Number.MAX_SAFE_INTEGER;

const rules: OptionRules<GatewayOptions> = {
  service: (value) => checkServiceName(value, 'service'),
  services: checkServices,
  serviceOf: checkFunction,
  uid: checkUidSource,
  withoutUid: checkFunction,
  allowOrigins: checkOrigins,
  trustProxy: checkFunction,
  allowAddress: checkFunction,
  callTimeoutMs: checkDuration,
  idleMs: checkDuration,
  maxPending: (value) => checkInteger(value, 'maxPending', 1, COUNT_MAX),
  replayBytes: (value) => checkInteger(value, 'replayBytes', 0, REPLAY_BYTES_MAX),
  maxBodyBytes: (value) => checkInteger(value, 'maxBodyBytes', 1, BODY_BYTES_MAX),
  placeRate: (value) => {
    if (typeof value !== 'number' || !(value > 0 && value <= COUNT_MAX)) {
      throw invalidParameter('placeRate', `must be a number above 0 and at most ${COUNT_MAX}`);
    }
  },
  closeSpreadMs: checkWait,
  clock: checkClock,
  logger: checkLogger,
};

/** The names of the options of `createGateway`. */
export const gatewayOptionNames: readonly string[] = Object.keys(rules);

/** Checks the options of `createGateway`. Throws `INVALID_CONFIG` with every fault. */
export const checkGatewayOptions: Check = configCheck(rules, {
  required: ['uid'],
  together: ({ service, services, serviceOf }) => {
    if (service === undefined && services === undefined) {
      throw invalidParameter('service', 'must be given, or services with serviceOf');
    }
    if (service !== undefined && services !== undefined) {
      throw invalidParameter('service', 'excludes services');
    }
    if ((services === undefined) !== (serviceOf === undefined)) {
      throw invalidParameter('serviceOf', 'must be given with services, and only then');
    }
  },
});

function checkServices(value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidParameter('services', 'must be a list of at least one service');
  }
  refuseFaults(value.map((name, at) => () => checkServiceName(name, `services[${at}]`)));
}

function checkOrigins(value: unknown): void {
  if (!Array.isArray(value)) throw invalidParameter('allowOrigins', 'must be a list of origins');
  refuseFaults(
    value.map((origin: unknown, at) => () => {
      const isOrigin =
        typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
      if (!isOrigin || origin === 'null') {
        throw invalidParameter(
          `allowOrigins[${at}]`,
          'must be an origin such as https://app.example, in lower case and without a path',
        );
      }
    }),
  );
}

function refuseFaults(checks: readonly (() => void)[]): void {
  const faults = checks.flatMap((check) => faultsOf(check) ?? []);
  if (faults.length > 0) throw invalidConfig(faults);
}
