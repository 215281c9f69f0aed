import { createGateway } from '@stateful-route/gateway';
import { expect, it } from 'vitest';

it.each([undefined, null, {}, { parts: {} }, 'room'])('refuses %j as its route', (route) => {
  expect(() => createGateway(route as never, { service: 'room', uid: { path: 1 } })).toThrow(
    'route must be what createStatefulRoute returns.',
  );
});
