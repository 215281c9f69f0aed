import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/** The metrics of this process. */
export interface ProcessMetrics {
  /** In Prometheus' text format. */
  text(): Promise<string>;
  end(): Promise<void>;
}

/** Collects the metrics of this process: to be called before a route is made. */
export function collectMetrics(): ProcessMetrics {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(provider);
  const serializer = new PrometheusSerializer();
  return {
    text: async () => serializer.serialize((await exporter.collect()).resourceMetrics),
    end: async () => {
      metrics.disable();
      await provider.shutdown();
    },
  };
}
