import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { createStatefulRoute, type Executors, silentLogger } from '@stateful-route/driver';
import { onTestFinished } from 'vitest';
import { StatefulRouteModule, type StatefulRouteModuleOptions } from '../src/index.ts';

const platforms = {
  express: () => new ExpressAdapter(),
  fastify: () => new FastifyAdapter(),
} as const;

export type Platform = keyof typeof platforms;

/** Both platforms, for `describe.each`. */
export const bothPlatforms = Object.keys(platforms) as Platform[];

/** Waits shortly: for callers, and for users whom nobody releases. */
export const quick = { stateRefreshMs: 20, drainTimeoutMs: 200 };

export const podOptions = (
  executors: StatefulRouteModuleOptions['executors'] = createMemoryExecutors(),
  podId = 0,
): StatefulRouteModuleOptions => ({
  executors,
  namespace: 'game',
  serviceName: 'room',
  podId,
  config: quick,
  logger: silentLogger,
});

export const podModule = (
  executors?: StatefulRouteModuleOptions['executors'],
): ReturnType<typeof StatefulRouteModule.forRoot> => StatefulRouteModule.forRoot(podOptions(executors));

/** An application on a platform, closed after the test. Nest's own log is off. */
export async function application(
  platform: Platform,
  metadata: Parameters<typeof Test.createTestingModule>[0],
  change: (builder: TestingModuleBuilder) => TestingModuleBuilder = (builder) => builder,
): Promise<INestApplication> {
  const module = await change(Test.createTestingModule(metadata)).compile();
  const app = module.createNestApplication(platforms[platform](), { logger: false });
  onTestFinished(() => app.close());
  return app;
}

export async function listening(app: INestApplication): Promise<string> {
  await app.listen(0, '127.0.0.1');
  return urlOf(app);
}

export const urlOf = (app: INestApplication): string =>
  `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;

/** A caller's route beside the application, stopped after the test. */
export async function startCaller(executors: Executors) {
  const route = createStatefulRoute({ executors, namespace: 'game', config: quick, logger: silentLogger });
  await route.start();
  onTestFinished(async () => {
    await route.stop();
  });
  return route;
}
