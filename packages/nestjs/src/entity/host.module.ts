import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { checkFunction, faultsOf, invalidConfig } from '@stateful-route/core/adapter';
import type { StatefulRoute, StatefulRouteForServerDriver } from '@stateful-route/driver';
import { createHost, type Host, type HostOptions, uidFromHeader } from '@stateful-route/host';
import { AttachedToRoute } from '../module/attached-to-route.ts';
import { type AsyncOptions, provideAsync } from '../module/module-options.ts';
import { refuseScoped } from '../module/refuse-scoped.ts';
import { STATEFUL_ROUTE } from '../module/tokens.ts';
import { EntityGuard } from './entity.guard.ts';
import { type HostModuleOptions, UID_OF } from './host-module-options.ts';
import { STATEFUL_ROUTE_HOST } from './inject-host.ts';
import { RefusedFilter } from './refused.ts';

const HOST_OPTIONS = Symbol('STATEFUL_ROUTE_HOST_OPTIONS');

/**
 * The host of a pod: opens, saves and hands over the state of its users. It needs `StatefulRouteModule` with a `podId`. Inject it
 * by `@InjectHost()`, or guard controllers by {@link EntityGuard}.
 */
@Module({})
export class HostModule {
  /**
   * The host from these options. They are checked when the application is created: `INVALID_CONFIG` with every fault, or
   * `INVALID_PARAMETER` in a caller.
   */
  static forRoot<State>(options: HostModuleOptions<State>): DynamicModule {
    return hostModule({ provide: HOST_OPTIONS, useValue: options });
  }

  /**
   * The host from the options that `useFactory` returns for what `inject` names, such as the storage.
   *
   * @throws `INVALID_CONFIG` with every fault of the arguments.
   */
  static forRootAsync<State>(options: AsyncOptions<HostModuleOptions<State>>): DynamicModule {
    return hostModule(...provideAsync(HOST_OPTIONS, options));
  }
}

function hostModule(options: Provider, imports: DynamicModule['imports'] = []): DynamicModule {
  return {
    module: HostModule,
    global: true,
    imports,
    providers: [
      options,
      refuseScoped('HostModule', HOST_OPTIONS),
      { provide: UID_OF, inject: [HOST_OPTIONS], useFactory: uidOfOptions },
      {
        provide: STATEFUL_ROUTE_HOST,
        inject: [STATEFUL_ROUTE, HOST_OPTIONS, AttachedToRoute],
        useFactory: makeHost,
      },
      EntityGuard,
      { provide: APP_FILTER, useClass: RefusedFilter },
    ],
    exports: [STATEFUL_ROUTE_HOST, UID_OF, EntityGuard],
  };
}

type Given = HostModuleOptions<unknown> | undefined;

function uidOfOptions(options: Given): HostModuleOptions<unknown>['uid'] {
  const uid = options?.uid ?? uidFromHeader;
  const faults = faultsOf(() => checkFunction(uid, 'uid'));
  if (faults) throw invalidConfig(faults);
  return uid;
}

function makeHost(
  route: StatefulRoute<StatefulRouteForServerDriver>,
  given: Given,
  attached: AttachedToRoute,
): Host<unknown> {
  attached.add('HostModule');
  const { uid: _uid, ...options } = { ...given };
  return createHost(route, options as HostOptions<unknown>);
}
