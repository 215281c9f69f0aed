import {
  isRouteError,
  RouteError,
  routeError,
  type RouteErrorCode,
  type RouteErrorFields,
  type RouteErrorOf,
} from '@stateful-route/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

const notAvailable = (): RouteErrorOf<'POD_NOT_AVAILABLE'> =>
  routeError('POD_NOT_AVAILABLE', 'Ask again later.', {
    namespace: 'game',
    serviceName: 'room',
    podId: 0,
    uid: 'ada',
    retryAfterMs: 250,
    why: 'lease',
  });

describe('routeError', () => {
  it('is an error with a code, a message and its code’s fields', () => {
    const error = notAvailable();
    expect(error).toBeInstanceOf(RouteError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'RouteError',
      code: 'POD_NOT_AVAILABLE',
      message: 'Ask again later.',
      podId: 0,
      retryAfterMs: 250,
      retryable: true,
    });
    expect(error.stack).toContain('route-error.test');
    expect('cause' in error).toBe(false);
  });

  it('keeps a cause, and is retryable by its code', () => {
    const cause = new Error('connection lost');
    const error = routeError('STORE_ERROR', 'The store failed.', { operation: 'getLink' }, { cause });
    expect(error.cause).toBe(cause);
    expect(error.retryable).toBe(true);
    expect(routeError('INTERNAL_ERROR', 'A fault of ours.', {}).retryable).toBe(false);
    expect(routeError('INTERNAL_ERROR', 'A fault of ours.', {}, { retryable: true }).retryable).toBe(true);
    expect(routeError('STORE_ERROR', 'No.', { operation: 'x' }, { retryable: false }).retryable).toBe(false);
  });
});

describe('isRouteError', () => {
  it('distinguishes errors by code', () => {
    expect(isRouteError(notAvailable())).toBe(true);
    expect(isRouteError(notAvailable(), 'POD_NOT_AVAILABLE')).toBe(true);
    expect(isRouteError(notAvailable(), 'FENCED')).toBe(false);
  });

  it('recognises the error of another copy of the package', () => {
    const foreign = new Error('from elsewhere');
    Object.defineProperty(foreign, Symbol.for('stateful-route.RouteError'), { value: true });
    Object.assign(foreign, { code: 'FENCED' });
    expect(foreign).not.toBeInstanceOf(RouteError);
    expect(isRouteError(foreign, 'FENCED')).toBe(true);
    expect(isRouteError(foreign, 'TIMEOUT')).toBe(false);
  });

  it.for([
    undefined,
    null,
    'FENCED',
    7,
    {},
    new Error('plain'),
    { code: 'FENCED', name: 'RouteError' },
    () => {},
  ])('is not taken in by %o', (value) => {
    expect(isRouteError(value)).toBe(false);
    expect(isRouteError(value, 'FENCED')).toBe(false);
  });

  it('has a brand that is neither printed nor copied', () => {
    expect(Object.getOwnPropertySymbols(Object.assign({}, notAvailable()))).toEqual([]);
    expect(JSON.parse(JSON.stringify(notAvailable()))).toMatchObject({ code: 'POD_NOT_AVAILABLE' });
  });

  it('narrows to the fields of the code', () => {
    const error: unknown = notAvailable();
    if (!isRouteError(error, 'POD_NOT_AVAILABLE')) throw new Error('not narrowed');
    expectTypeOf(error.code).toEqualTypeOf<'POD_NOT_AVAILABLE'>();
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number>();
    expectTypeOf(error).toExtend<Error>();
    expect(error.retryAfterMs).toBe(250);
  });

  it('narrows to an error of any code without one', () => {
    const error: unknown = notAvailable();
    if (!isRouteError(error)) throw new Error('not narrowed');
    expectTypeOf(error.code).toEqualTypeOf<RouteErrorCode>();
    expectTypeOf(error).not.toHaveProperty('retryAfterMs');
    expect(error.code).toBe('POD_NOT_AVAILABLE');
  });

  it('has literal codes and typed fields', () => {
    expectTypeOf<'REDIS_ERROR'>().not.toExtend<RouteErrorCode>();
    expectTypeOf<RouteErrorFields['TIMEOUT']['effect']>().toEqualTypeOf<'none' | 'unknown'>();
    expectTypeOf(routeError<'FENCED'>)
      .parameter(2)
      .toExtend<{ incarnation: string; podId: number }>();
    expectTypeOf<Record<never, never>>().not.toExtend<Parameters<typeof routeError<'FENCED'>>[2]>();
  });
});
