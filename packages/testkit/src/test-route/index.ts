export { createTestRoute, type TestPod, type TestRoute, type TestRouteOptions } from './create-test-route.ts';
