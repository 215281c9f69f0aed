import type { ServerResponse } from 'node:http';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { GatewayStats } from '../gateway.ts';

/** The metrics of this process. */
export interface ProgramMetrics {
  /** Measures a request of a service until its answer is sent. */
  observe(serviceName: string, response: ServerResponse): void;
  /** In the text format of Prometheus. */
  scrape(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Collects the metrics of the process, the driver's among them. It becomes the process's provider, so only a program may call it,
 * and before it creates a route.
 */
export function collectMetrics(statsOf: () => Iterable<readonly [string, GatewayStats]>): ProgramMetrics {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const serializer = new PrometheusSerializer();
  const meter = provider.getMeter('stateful-route-gateway');
  const durations = meter.createHistogram('stateful_route.gateway.request.duration', {
    unit: 'ms',
    description: 'From a request to the end of its answer',
  });
  const gauges = (['pending', 'sockets'] as const).map(
    (name) => [name, meter.createObservableGauge(`stateful_route.gateway.${name}`)] as const,
  );
  meter.addBatchObservableCallback(
    (result) => {
      for (const [service, stats] of statsOf()) {
        for (const [name, gauge] of gauges) result.observe(gauge, stats[name], { service });
      }
    },
    gauges.map(([, gauge]) => gauge),
  );
  return {
    observe(service, response) {
      const began = performance.now();
      response.once('close', () => {
        const status = response.writableFinished ? String(response.statusCode) : 'aborted';
        durations.record(performance.now() - began, { service, status });
      });
    },
    async scrape() {
      const { resourceMetrics } = await reader.collect();
      return serializer.serialize(resourceMetrics);
    },
    async close() {
      metrics.disable();
      await provider.shutdown();
    },
  };
}
