export { createTestHost, type TestHost } from './create-test-host.ts';
