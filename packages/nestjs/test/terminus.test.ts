import { Controller, type DynamicModule, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { createStatefulRoute } from '@stateful-route/driver';
import { expect, it, onTestFinished, vi } from 'vitest';
import { StatefulRouteModule } from '../src/index.ts';
import { StatefulRouteHealthIndicator } from '../src/terminus.ts';
import { application, bothPlatforms, podModule, podOptions, quick, urlOf } from './support.ts';

@Controller()
class Probes {
  constructor(
    readonly health: HealthCheckService,
    readonly indicator: StatefulRouteHealthIndicator,
  ) {}

  @Get('readyz')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.indicator.isReady()]);
  }

  @Get('livez')
  @HealthCheck()
  live() {
    return this.health.check([() => this.indicator.isAlive('pod')]);
  }
}

const metadata = (imported: DynamicModule) => ({
  imports: [imported, TerminusModule],
  controllers: [Probes],
  providers: [StatefulRouteHealthIndicator],
});

async function probe(url: string): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(url);
  const body = (await response.json()) as { details: Record<string, unknown> };
  return [response.status, body.details];
}

it.each(bothPlatforms)('answers probes on %s: ready between start and stop', async (platform) => {
  const executors = createMemoryExecutors();
  let beat = () => {};
  const beaten = new Promise<void>((resolve) => {
    beat = resolve;
  });
  const { setServiceState } = executors.stateful;
  executors.stateful.setServiceState = async (...args) => {
    await beaten;
    return setServiceState.apply(executors.stateful, args);
  };
  const app = await application(platform, metadata(podModule(executors)));
  const listened = app.listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(app.getHttpServer().address()).not.toBeNull());
  const url = urlOf(app);
  expect(await probe(`${url}/readyz`)).toEqual([
    503,
    { 'stateful-route': expect.objectContaining({ status: 'down', problems: expect.any(Array) }) },
  ]);
  expect((await probe(`${url}/livez`))[0]).toBe(200);
  beat();
  await listened;
  expect(await probe(`${url}/readyz`)).toEqual([
    200,
    { 'stateful-route': expect.objectContaining({ status: 'up', problems: [], store: 'ok' }) },
  ]);
});

it('is not alive when a later process runs under the ordinal', async () => {
  const executors = createMemoryExecutors();
  // It learns of the later process by its next heartbeat.
  const options = { ...podOptions(executors), config: { ...quick, heartbeatSeconds: 0.1 } };
  const app = await application('express', metadata(StatefulRouteModule.forRoot(options)));
  await app.listen(0, '127.0.0.1');
  const later = createStatefulRoute({
    ...options,
    executors,
    serviceName: 'room',
    podId: 0,
  });
  await later.start();
  onTestFinished(async () => {
    await later.stop();
  });
  await vi.waitFor(async () =>
    expect(await probe(`${urlOf(app)}/livez`)).toEqual([
      503,
      { pod: { status: 'down', problems: ['another process runs under this ordinal'] } },
    ]),
  );
});
