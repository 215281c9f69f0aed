import type { FactoryProvider, ModuleMetadata, Provider } from '@nestjs/common';
import { type Check, checkFunction, configCheck, invalidParameter } from '@stateful-route/core/adapter';
import type { Executors, PodRouteOptions } from '@stateful-route/driver';

/** The options of the module: those of `createStatefulRoute`. */
export interface StatefulRouteModuleOptions extends Omit<
  PodRouteOptions,
  'executors' | 'podId' | 'serviceName'
> {
  /**
   * The store's executors, or a function that makes them. Those that the module makes by the function it also closes, last of
   * all. A test that overrides `STATEFUL_ROUTE_EXECUTORS` does not call the function.
   */
  readonly executors: Executors | (() => Executors | Promise<Executors>);
  /** A pod's own service; for a caller, a service that the start loads. */
  readonly serviceName?: string | undefined;
  /** The pod's ordinal; without it the application is a caller, such as a gateway. */
  readonly podId?: number | undefined;
}

/** Options that a factory makes, as Nest's own modules take them. */
export interface AsyncOptions<Options> extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'] | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- the types of what is injected are the application's
  readonly useFactory: (...dependencies: any[]) => Options | Promise<Options>;
}

const checkList: Check = (value, parameter = 'list') => {
  if (!Array.isArray(value)) throw invalidParameter(parameter, 'must be an array');
};

const checkAsyncOptions: Check = configCheck<AsyncOptions<unknown>>(
  { imports: checkList, inject: checkList, useFactory: checkFunction },
  { required: ['useFactory'] },
);

/**
 * What `forRootAsync` hands to its module: the provider of the options under this token, and the modules to import.
 *
 * @throws `INVALID_CONFIG` with every fault.
 */
export function provideAsync<Options>(
  token: symbol,
  options: AsyncOptions<Options>,
): [options: Provider, imports: ModuleMetadata['imports']] {
  checkAsyncOptions(options);
  const { imports, inject = [], useFactory } = options;
  return [{ provide: token, inject, useFactory }, imports];
}
