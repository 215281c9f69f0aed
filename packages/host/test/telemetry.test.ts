import { type Attributes, metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { staleToken } from '@stateful-route/host';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { hostFleet, type Visits } from './fixtures.ts';

const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
let provider: MeterProvider;

beforeEach(() => {
  metrics.disable();
  provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })],
  });
  metrics.setGlobalMeterProvider(provider);
});
afterAll(() => metrics.disable());

interface Told {
  readonly attributes: Attributes;
  /** Of a histogram, how many were recorded, and their sum in s. */
  readonly value: number;
  readonly sum: number;
}

async function told(name: string): Promise<Told[]> {
  points.reset();
  await provider.forceFlush();
  return points
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .filter(({ descriptor }) => descriptor.name === `stateful_route.${name}`)
    .flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, value }) =>
        typeof value === 'number'
          ? { attributes, value, sum: value }
          : { attributes, value: value.count, sum: value.sum ?? 0 },
      ),
    );
}

const pod = { namespace: 'test', service: 'room', pod: 0 };
const visit = (visits: Visits): number => ++visits.count;

it('a host tells how many users are open, until its pod stops', async () => {
  const { host, route } = await hostFleet({ idleAfterMs: false });
  await host.use('ada', visit);
  await host.use('bob', visit);
  await host.end('bob');
  await route.advance(3_000);
  expect(await told('host.open')).toEqual([{ attributes: pod, value: 1, sum: 1 }]);
  await route.stop();
  expect(await told('host.open')).toEqual([{ attributes: pod, value: 0, sum: 0 }]);
});

it('a host records how long opens and saves take, and how saves end', async () => {
  const later = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      fleet.route.clock.setTimeout(resolve, ms);
    });
  const ends = ['saved', 'failed', 'outdated'];
  const fleet = await hostFleet({
    idleAfterMs: false,
    saveEveryMs: 1_000,
    open: async () => {
      await later(200);
      return { count: 0 };
    },
    save: async () => {
      await later(2_000);
      const end = ends.shift();
      if (end === 'failed') throw new Error('broken');
      if (end === 'outdated') throw staleToken(2 ** 52);
    },
  });
  const used = fleet.host.use('ada', visit);
  await fleet.route.advance(1_000);
  await used;
  expect(await told('host.open.duration')).toEqual([{ attributes: pod, value: 1, sum: 0.2 }]);
  await fleet.route.advance(5_000);
  expect(await told('host.save.duration')).toEqual([
    { attributes: { ...pod, outcome: 'saved' }, value: 1, sum: 2 },
  ]);
  await fleet.host.use('ada', visit);
  await fleet.route.advance(10_000);
  const saves = await told('host.save.duration');
  expect(saves.map(({ attributes }) => attributes['outcome'])).toEqual(['saved', 'failed', 'outdated']);
});

it('a host of a route that measures nothing tells nothing', async () => {
  const { host, route } = await hostFleet({}, { pods: 1, config: { enableMetrics: false } });
  await host.use('ada', visit);
  await route.advance(3_000);
  expect(await told('host.open')).toEqual([]);
  expect(await told('host.open.duration')).toEqual([]);
});
