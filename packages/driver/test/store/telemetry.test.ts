import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { routeError, silentLogger } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createStatefulRoute, type RouteConfigInput, type RouteInfoDriver } from '../../src/index.ts';

const spans = new InMemorySpanExporter();
const points = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })],
});
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
metrics.setGlobalMeterProvider(meterProvider);

beforeEach(async () => {
  await meterProvider.forceFlush();
  spans.reset();
  points.reset();
});
afterAll(() => meterProvider.shutdown());

function driver(config: RouteConfigInput, failing = false): RouteInfoDriver {
  const executors = decorateExecutors(createMemoryExecutors(), ({ method, options, run }) =>
    failing ? Promise.reject(routeError('STORE_ERROR', 'down', { operation: method })) : run(options),
  );
  return createStatefulRoute({ executors, namespace: 'game', config, logger: silentLogger }).routeInfo;
}

async function measured(): Promise<unknown[]> {
  await meterProvider.forceFlush();
  const metric = points.getMetrics()[0]?.scopeMetrics[0]?.metrics[0];
  return metric
    ? metric.dataPoints.map(({ attributes }) => ({ name: metric.descriptor.name, ...attributes }))
    : [];
}

describe('telemetry', () => {
  it('sees each store call as a span and in a histogram', async () => {
    await driver({}).getServiceNameByTag('game', 'lobby');
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['stateful-route.getServiceNameByTag']);
    expect(await measured()).toEqual([
      { name: 'stateful_route.store.duration', method: 'getServiceNameByTag', outcome: 'ok' },
    ]);
  });

  it('sees what a call failed with', async () => {
    await expect(driver({ maxRetryCount: 0 }, true).getServiceNameByTag('game', 'lobby')).rejects.toThrow(
      'down',
    );
    expect(spans.getFinishedSpans()[0]?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'STORE_ERROR',
    });
    expect(await measured()).toMatchObject([{ outcome: 'STORE_ERROR' }]);
  });

  it('can be turned off', async () => {
    await driver({ enableMetrics: false, enableTracing: false }).getServiceNameByTag('game', 'lobby');
    expect(spans.getFinishedSpans()).toEqual([]);
    expect(await measured()).toEqual([]);
  });
});
