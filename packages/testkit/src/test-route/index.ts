export { createTestRoute, type TestRoute } from './create-test-route.ts';
export type {
  TestGateway,
  TestGatewayOptions,
  TestPod,
  TestPodOptions,
  TestRouteOptions,
} from './test-route-parts.ts';
