export { InjectRoute, InjectServerDriver, InjectService } from './module/inject.ts';
export type { AsyncOptions, StatefulRouteModuleOptions } from './module/module-options.ts';
export { OnHandOff } from './module/on-hand-off.ts';
export { StatefulRouteModule } from './module/stateful-route.module.ts';
export {
  serviceToken,
  STATEFUL_ROUTE,
  STATEFUL_ROUTE_EXECUTORS,
  STATEFUL_ROUTE_OPTIONS,
  STATEFUL_ROUTE_SERVER,
} from './module/tokens.ts';
