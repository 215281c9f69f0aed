import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { invalidConfig } from '@stateful-route/core/adapter';
import { entityOf } from './entity.guard.ts';
import type { NestRequest } from './host-module-options.ts';

const EntityParameter = createParamDecorator((_data: undefined, context: ExecutionContext) => {
  const entity = entityOf(context.switchToHttp().getRequest<NestRequest>());
  if (entity) return entity;
  throw invalidConfig([
    { name: 'Entity', problem: 'needs @UseGuards(EntityGuard) on the method or the class' },
  ]);
});

/**
 * The user's state in a method that {@link EntityGuard} guards, a `RequestEntity<State>`:
 * `visit(@Entity() room: RequestEntity<Room>) { return room.use((state) => ++state.visits); }`.
 */
export const Entity = (): ParameterDecorator => EntityParameter();
