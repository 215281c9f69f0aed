import { type Attributes, context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** What an SDK has collected. */
export interface Sdk {
  readonly tracing: BasicTracerProvider;
  /** The finished spans with this name, or all. */
  spans(name?: string): ReadableSpan[];
  /** The values of a metric with these attributes among its own: of a histogram, how many were recorded. */
  values(name: string, attributes?: Attributes): Promise<number[]>;
  /** The sum of those. */
  total(name: string, attributes?: Attributes): Promise<number>;
  /** The sum of what a histogram recorded. */
  recorded(name: string): Promise<number>;
}

/** Installs an SDK for the tests of a file. */
export function installSdk(): Sdk {
  const exporter = new InMemorySpanExporter();
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let meters: MeterProvider | undefined;

  const collected = async (name: string) => {
    points.reset();
    await meters?.forceFlush();
    const all = points
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return all.filter(({ descriptor }) => descriptor.name === `stateful_route.${name}`);
  };
  const values = async (name: string, wanted: Attributes = {}): Promise<number[]> => {
    const found: number[] = [];
    for (const metric of await collected(name)) {
      for (const point of metric.dataPoints) {
        const isWanted = Object.entries(wanted).every(([key, value]) => point.attributes[key] === value);
        if (isWanted) found.push(typeof point.value === 'number' ? point.value : point.value.count);
      }
    }
    return found;
  };

  beforeAll(() => {
    trace.setGlobalTracerProvider(tracing);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  beforeEach(() => {
    // Each test's routes count from 0.
    metrics.disable();
    meters = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })],
    });
    metrics.setGlobalMeterProvider(meters);
    exporter.reset();
  });
  afterAll(() => {
    metrics.disable();
    trace.disable();
    context.disable();
  });

  return {
    tracing,
    spans: (name) =>
      exporter
        .getFinishedSpans()
        .filter((span) => name === undefined || span.name === `stateful_route.${name}`),
    values,
    total: async (name, attributes) =>
      (await values(name, attributes)).reduce((sum, value) => sum + value, 0),
    recorded: async (name) => {
      let sum = 0;
      for (const metric of await collected(name)) {
        if (metric.dataPointType !== DataPointType.HISTOGRAM) continue;
        for (const { value } of metric.dataPoints) sum += value.sum ?? 0;
      }
      return sum;
    },
  };
}
