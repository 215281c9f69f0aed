import type { ConfigFault } from '@stateful-route/core';
import {
  type Check,
  checkInteger,
  checkNamespace,
  checkServiceName,
  configCheck,
  faultsOf,
  invalidConfig,
  invalidParameter,
} from '@stateful-route/core/adapter';
import { givenByTest, type TestRouteOptions } from './test-route-parts.ts';

/** More than any test needs in one process. */
const ROUTES_MAX = 10_000;

/** The options of `createTestRoute`. Those of the routes are checked by the routes. */
export const checkTestRouteOptions: Check = configCheck<TestRouteOptions>({
  pods: countOrList(0),
  gateways: countOrList(1),
  namespace: checkNamespace,
  serviceName: checkServiceName,
  config: () => {},
  strategy: () => {},
  placement: () => {},
  filters: () => {},
  seed: (value, parameter = 'seed') => {
    checkInteger(value, parameter, 0, Number.MAX_SAFE_INTEGER);
  },
});

function countOrList(least: number): Check {
  return (value, parameter = 'count') => {
    const isList = Array.isArray(value);
    const count: unknown = isList ? value.length : value;
    if (!Number.isInteger(count) || (count as number) < least || (count as number) > ROUTES_MAX) {
      throw invalidParameter(parameter, `must be ${least} to ${ROUTES_MAX}, or a list of options for each`);
    }
    const lists: readonly unknown[] = isList ? value : [];
    const faults = lists.flatMap(
      (own, at) => faultsOf(() => checkOwnOptions(own, `${parameter}[${at}]`)) ?? [],
    );
    if (faults.length > 0) throw invalidConfig(faults);
  };
}

/** Refuses options that the test itself gives every route. All others are checked by the route. */
export function checkOwnOptions(own: unknown, parameter = 'options'): void {
  if (own === undefined) return;
  if (typeof own !== 'object' || own === null)
    throw invalidConfig([{ name: parameter, problem: 'must be an object' }]);
  const given: Partial<Record<string, unknown>> = { ...own };
  const faults = givenByTest
    .filter((name) => given[name] !== undefined)
    .map((name): ConfigFault => ({ name: `${parameter}.${name}`, problem: 'is given by the test itself' }));
  if (faults.length > 0) throw invalidConfig(faults);
}
