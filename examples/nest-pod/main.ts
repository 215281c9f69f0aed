/**
 * The driver in NestJS: `StatefulRouteModule` starts it after `listen` and stops it before the server closes.
 *
 * Run it as the Fastify pod (`../fastify-pod/main.ts`): the same environment, the same HTTP routes.
 */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fromEnv } from '@stateful-route/driver';
import { executorsFromEnv, listeningFromEnv } from '../environment.ts';
import { RoomModule } from './room.module.ts';
import { StatefulRouteModule } from './stateful-route.module.ts';

const identity = fromEnv();
const { host, port, address } = listeningFromEnv();
const executors = executorsFromEnv();

@Module({
  imports: [StatefulRouteModule.forPod({ ...identity, executors, address }), RoomModule],
})
class AppModule {
  /** Nest's last hook, when everything else has stopped. */
  async onApplicationShutdown(): Promise<void> {
    await executors.close();
    console.log('stopped');
  }
}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
  logger: ['error', 'warn'],
});
app.enableShutdownHooks(['SIGTERM']);
await app.listen({ host, port });
await app.get(StatefulRouteModule).started;
console.log(`${identity.serviceName}-${identity.podId} serves on ${address}`);
