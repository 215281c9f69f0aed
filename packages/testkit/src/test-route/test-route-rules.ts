import {
  type Check,
  checkInteger,
  checkNamespace,
  checkServiceName,
  configCheck,
  invalidParameter,
} from '@stateful-route/core';
import type { TestRouteOptions } from './create-test-route.ts';

/** More than a test can want of one process. */
const ROUTES_MAX = 10_000;

/** What `createTestRoute` takes. What goes on to the routes is checked there. */
export const checkTestRouteOptions: Check = configCheck<TestRouteOptions>({
  pods: countOrList(0),
  gateways: countOrList(1),
  namespace: checkNamespace,
  serviceName: checkServiceName,
  config: () => {},
  strategy: () => {},
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
  };
}
