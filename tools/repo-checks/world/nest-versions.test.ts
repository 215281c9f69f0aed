import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { EmptyProject } from '../src/empty-project.ts';
import { scope } from '../src/workspace.ts';
import { transpile } from './support/transpile.ts';

/** A pod and a caller that forwards to it, as a user writes them: decorators, and the types of parameters at run time. */
const program = `
import 'reflect-metadata';
import { Controller, Get, HttpCode, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { HandOffUser, ServiceHandle, StatefulRouteForServerDriver } from '@stateful-route/driver';
import type { Host, RequestEntity } from '@stateful-route/host';
import { InjectServerDriver, InjectService, OnHandOff, StatefulRouteModule } from '@stateful-route/nestjs';
import { GatewayModule } from '@stateful-route/nestjs/gateway';
import { Entity, EntityGuard, HostModule, InjectHost } from '@stateful-route/nestjs/host';
import { StatefulRouteHealthIndicator } from '@stateful-route/nestjs/terminus';

interface Visits { count: number }

@Injectable()
class Storage {
  readonly saved: string[] = [];
}

@Module({ providers: [Storage], exports: [Storage] })
class StorageModule {}

@Controller('rooms')
@UseGuards(EntityGuard)
class Rooms {
  constructor(readonly storage: Storage, @InjectHost() readonly host: Host<Visits>) {}

  @Post(':uid')
  @HttpCode(200)
  visit(@Entity() visits: RequestEntity<Visits>): Promise<number> {
    return visits.use((state) => ++state.count);
  }
}

@Controller('readyz')
class Probes {
  constructor(
    readonly health: HealthCheckService,
    readonly indicator: StatefulRouteHealthIndicator,
    @InjectService('room') readonly rooms: ServiceHandle,
  ) {}

  @Get()
  @HealthCheck()
  ready() {
    return this.health.check([() => this.indicator.isReady()]);
  }
}

@Injectable()
class Worker {
  constructor(@InjectServerDriver() readonly pod: StatefulRouteForServerDriver) {}

  @OnHandOff()
  save({ uid }: HandOffUser): void {
    console.log('saves', uid);
  }
}

async function withoutServer(): Promise<void> {
  class WorkerModule {}
  Module({
    imports: [
      StatefulRouteModule.forRoot({
        executors: createMemoryExecutors(),
        namespace: 'game',
        serviceName: 'room',
        podId: 0,
        config: { stateRefreshMs: 50 },
      }),
    ],
    providers: [Worker],
  })(WorkerModule);
  const app = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
  await app.get(Worker).pod.claim('bob');
  await app.close();
}

/** The start fails; what listens says so. */
async function failing(Adapter: typeof ExpressAdapter): Promise<void> {
  const executors = createMemoryExecutors();
  executors.stateful.setServiceState = () => Promise.reject(new Error('the store is away'));
  class PodModule {}
  Module({
    imports: [StatefulRouteModule.forRoot({ executors, namespace: 'game', serviceName: 'room', podId: 0 })],
  })(PodModule);
  const app = await NestFactory.create(PodModule, new Adapter(), { logger: false });
  console.log(await app.listen(0, '127.0.0.1').then(() => 'listens', ({ message }: Error) => message));
  await app.close();
}

async function main(): Promise<void> {
  await withoutServer();
  for (const Adapter of [ExpressAdapter, FastifyAdapter]) {
    const executors = createMemoryExecutors();
    const shared = { executors, namespace: 'game', config: { stateRefreshMs: 50 } };
    class PodModule {}
    Module({
      imports: [
        StatefulRouteModule.forRoot({ ...shared, serviceName: 'room', podId: 0 }),
        HostModule.forRootAsync<Visits>({
          imports: [StorageModule],
          inject: [Storage],
          useFactory: (storage: Storage) => ({
            open: () => ({ count: 0 }),
            save: ({ uid, state }) => void storage.saved.push(uid + ' ' + state.count),
          }),
        }),
        StorageModule,
        TerminusModule,
      ],
      controllers: [Rooms, Probes],
      providers: [StatefulRouteHealthIndicator],
    })(PodModule);
    const pod = await NestFactory.create(PodModule, new Adapter() as ExpressAdapter, { logger: false });
    await pod.listen(0, '127.0.0.1');
    const address = new URL(await pod.getUrl()).host;
    class EdgeModule {}
    Module({
      imports: [
        StatefulRouteModule.forRoot({ ...shared, resolveAddress: () => address }),
        GatewayModule.forRoot({ forward: '/rooms', service: 'room', uid: { path: 1 }, closeSpreadMs: 10 }),
      ],
    })(EdgeModule);
    const edge = await NestFactory.create(EdgeModule, new Adapter() as ExpressAdapter, { logger: false });
    await edge.listen(0, '127.0.0.1');
    const url = await edge.getUrl();
    const said: unknown[] = [Adapter.name];
    for (let nth = 0; nth < 2; nth++) {
      said.push(await (await fetch(url + '/rooms/ada', { method: 'POST' })).text());
    }
    said.push((await fetch('http://' + address + '/readyz')).status);
    said.push((await pod.get(Probes).rooms.locate('ada')).podId);
    const { saved } = pod.get(Rooms).storage;
    await edge.close();
    await pod.close();
    console.log(...said, ...saved);
    await failing(Adapter as typeof ExpressAdapter);
  }
}

void main();
`;

const served = `saves bob
ExpressAdapter 1 2 200 0 ada 2
the store is away
FastifyAdapter 1 2 200 0 ada 2
the store is away
`;

const versions = {
  11: {
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/platform-express': '11.2.10',
    '@nestjs/platform-fastify': '11.2.8',
    '@nestjs/terminus': '11.1.1',
  },
  12: {
    '@nestjs/common': '12.5.1',
    '@nestjs/core': '12.5.1',
    '@nestjs/platform-express': '12.1.0',
    '@nestjs/platform-fastify': '12.5.0',
    '@nestjs/terminus': '12.1.0',
  },
};

const ours = ['adapter-memory', 'core', 'driver', 'gateway', 'host', 'nestjs'];

describe.each(Object.entries(versions))('Nest %s', (_version, nest) => {
  const project = new EmptyProject();
  afterAll(() => project.remove());

  beforeAll(async () => {
    const tarballs = inject('tarballs');
    const dependencies = {
      ...Object.fromEntries(ours.map((name) => [scope + name, tarballs[scope + name]!])),
      ...nest,
      'reflect-metadata': '0.2.2',
      rxjs: '7.8.2',
      tsyringe: '4.10.0',
    };
    await project.install(dependencies, tarballs);
  });

  it.each([
    ['an ES module', 'app.mjs', ts.ModuleKind.ESNext],
    ['CommonJS', 'app.cjs', ts.ModuleKind.CommonJS],
  ])('serves as a pod and forwards as a gateway, as %s', async (_kind, file, module) => {
    project.write(file, transpile(program, module));
    expect(await project.run('node', ['--no-warnings', file])).toBe(served);
  });
});
