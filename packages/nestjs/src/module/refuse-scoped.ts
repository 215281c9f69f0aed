import type { OnApplicationBootstrap, Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { invalidConfig } from '@stateful-route/core/adapter';

/**
 * Refuses to start an application whose options come from a provider that Nest makes anew for each request: so would be what is
 * made of them, and Nest runs no hook of it.
 */
export const refuseScoped = (module: string, options: symbol): Provider => ({
  provide: Symbol(`${module} is made once`),
  inject: [ModulesContainer],
  useFactory: (modules: ModulesContainer): OnApplicationBootstrap => ({
    onApplicationBootstrap: () => {
      const wrappers = [...modules.values()].map(({ providers }) => providers.get(options));
      if (wrappers.every((wrapper) => wrapper === undefined || wrapper.isDependencyTreeStatic())) return;
      throw invalidConfig([
        {
          name: module,
          problem: 'injects a provider that is scoped to requests; inject one that is made once',
        },
      ]);
    },
  }),
});
