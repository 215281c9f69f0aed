/**
 * A pod of a Socket.IO game on NestJS with Fastify. A match is on one pod at a time; on SIGTERM its state moves to another pod, and
 * its players with it: their clients reconnect by themselves.
 */
import 'reflect-metadata';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { fromEnv } from '@stateful-route/driver';
import { probes } from '@stateful-route/host';
import { STATEFUL_ROUTE, StatefulRouteModule } from '@stateful-route/nestjs';
import { HostModule } from '@stateful-route/nestjs/host';
import { Redis } from 'ioredis';
import { tokenStorage } from '../token-storage/token-storage.ts';
import { type Match, MatchGateway } from './match.gateway.ts';

const { REDIS_URL = 'redis://127.0.0.1:6379', PORT = '8080', POD_IP = '127.0.0.1' } = process.env;
const redis = new Redis(REDIS_URL);

@Module({
  imports: [
    StatefulRouteModule.forRoot({
      ...fromEnv(),
      executors: () => createRedisExecutors({ url: REDIS_URL }),
      address: `${POD_IP}:${PORT}`,
    }),
    HostModule.forRoot(tokenStorage<Match>(redis, 'match', () => ({ players: {} }))),
  ],
  providers: [MatchGateway],
})
class PodModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    redis.disconnect();
  }
}

const app = await NestFactory.create<NestFastifyApplication>(PodModule, new FastifyAdapter());
app.use(probes(app.get(STATEFUL_ROUTE)));
app.enableShutdownHooks();
await app.listen(PORT, '0.0.0.0');
