export {
  createTestRoute,
  type TestGateway,
  type TestPod,
  type TestRoute,
  type TestRouteOptions,
} from './create-test-route.ts';
export type { TestGatewayOptions, TestPodOptions } from './test-route-parts.ts';
