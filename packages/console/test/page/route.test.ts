import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hrefOf, parseHash, type Route } from '../../page/src/routing/route.ts';

const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.record({ screen: fc.constantFrom('now', 'pods', 'rollout', 'timeline', 'plan') }),
  fc.record({ screen: fc.constant('pod'), podId: fc.nat() }),
  fc.record({
    screen: fc.constant('user'),
    uid: fc.oneof(fc.constant(undefined), fc.string({ unit: 'binary', minLength: 1 })),
  }),
);

describe('the address of a screen', () => {
  it('leads back to it, whatever an id or a name is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), routes, (service, route) => {
        const { hash } = new URL(hrefOf(service, route), 'http://console.test/ops/');
        expect(parseHash(hash)).toEqual({ service, route });
      }),
    );
  });

  it('is the first screen where it is unknown or broken', () => {
    for (const hash of ['', '#', '#/', '#/room/elsewhere', '#/room/']) {
      expect(parseHash(hash).route).toEqual({ screen: 'now' });
    }
    expect(parseHash('#/room/user/%E0%A4%A')).toEqual({
      service: 'room',
      route: { screen: 'user', uid: '%E0%A4%A' },
    });
    expect(parseHash('#/room/pods/-1')).toEqual({ service: 'room', route: { screen: 'pods' } });
  });
});
