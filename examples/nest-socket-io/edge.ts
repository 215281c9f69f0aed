/** The way to the pods: forwards Socket.IO, by polling and by WebSocket, to the pod that has the match. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { probes } from '@stateful-route/host';
import { STATEFUL_ROUTE, StatefulRouteModule } from '@stateful-route/nestjs';
import { GatewayModule } from '@stateful-route/nestjs/gateway';

const { REDIS_URL = 'redis://127.0.0.1:6379', PORT = '8000', POD_NAMESPACE = 'game' } = process.env;

@Module({
  imports: [
    StatefulRouteModule.forRoot({
      namespace: POD_NAMESPACE,
      executors: () => createRedisExecutors({ url: REDIS_URL }),
    }),
    GatewayModule.forRoot({ forward: '/socket.io', service: 'match', uid: { query: 'match' } }),
  ],
})
class EdgeModule {}

const app = await NestFactory.create<NestFastifyApplication>(EdgeModule, new FastifyAdapter());
app.use(probes(app.get(STATEFUL_ROUTE)));
app.enableShutdownHooks();
await app.listen(PORT, '0.0.0.0');
