export { Entity } from './entity/entity.decorator.ts';
export { EntityGuard } from './entity/entity.guard.ts';
export { HostModule } from './entity/host.module.ts';
export type { HostModuleOptions, NestRequest } from './entity/host-module-options.ts';
export { InjectHost, STATEFUL_ROUTE_HOST } from './entity/inject-host.ts';
export { Refused, RefusedFilter } from './entity/refused.ts';
