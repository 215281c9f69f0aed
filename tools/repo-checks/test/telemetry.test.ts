import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics, trace } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withFleet } from '../src/telemetry-fleet.ts';
import { root } from '../src/workspace.ts';

interface Metric {
  readonly kind: string;
  readonly unit: string;
  /** The values of each attribute. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const page = readFileSync(join(root, 'docs/telemetry.md'), 'utf8');
const { groups } = parse(readFileSync(join(root, 'docs/alerts.yml'), 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

/** Attributes with any value; the page lists the values of all others. */
const OPEN = new Set(['namespace', 'service', 'pod', 'strategy', 'method']);

let exported: ReadonlyMap<string, Metric>;
/** The labels of each series that Prometheus gets, by its name, and their values. */
let scraped: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
const spans = new InMemorySpanExporter();

beforeAll(async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(provider);
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  const collected = await withFleet(async () => (await exporter.collect()).resourceMetrics);
  exported = new Map(ofRoutes(collected));
  scraped = seriesOf(new PrometheusSerializer().serialize(collected));
  await provider.shutdown();
});
afterAll(() => {
  metrics.disable();
  trace.disable();
});

type Collected = Awaited<ReturnType<PrometheusExporter['collect']>>['resourceMetrics'];

function* ofRoutes({ scopeMetrics }: Collected): Iterable<[string, Metric]> {
  for (const { descriptor, dataPoints, ...metric } of scopeMetrics.flatMap((scope) => scope.metrics)) {
    const isCounter = 'isMonotonic' in metric && metric.isMonotonic;
    const kind = typeof dataPoints[0]?.value === 'object' ? 'histogram' : isCounter ? 'counter' : 'gauge';
    const attributes: Record<string, string[]> = {};
    for (const point of dataPoints) {
      for (const [name, value] of Object.entries(point.attributes)) {
        const values = (attributes[name] ??= []);
        if (!values.includes(String(value))) values.push(String(value));
      }
    }
    yield [descriptor.name, { kind, unit: descriptor.unit, attributes }];
  }
}

function seriesOf(text: string): Map<string, Map<string, Set<string>>> {
  const series = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', inBraces = ''] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+/gm)) {
    const labels = series.get(name) ?? new Map<string, Set<string>>();
    series.set(name, labels);
    for (const [, label = '', value = ''] of inBraces.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return series;
}

/** The rows of the page's table. */
function documented(): Map<string, Metric> {
  const rows = page.matchAll(/^\| `(stateful_route\.[a-z_.]+)` \| (\w+) \|([^|]*)\|([^|]*)\|/gm);
  return new Map(
    [...rows].map(([, name = '', kind = '', unit = '', cell = '']) => {
      const attributes: Record<string, string[]> = {};
      let last = '';
      // An attribute's values come after it and a colon.
      for (const [, word = '', colon] of cell.matchAll(/`([^`]+)`(:)?/g)) {
        if (last !== '') attributes[last]!.push(word);
        else attributes[word] = [];
        if (colon) last = word;
      }
      return [name, { kind, unit: unit.replaceAll('`', '').trim(), attributes }];
    }),
  );
}

/** Whether the page lists a value of an attribute. */
function isDocumented(attribute: string, value: string): boolean {
  if (attribute === 'outcome' && value === 'ok') return true;
  return [...documented().values()].some(({ attributes }) => attributes[attribute]?.includes(value));
}

describe('docs/telemetry.md', () => {
  it('names every metric that a fleet exports, and no other', () => {
    expect([...documented().keys()].toSorted()).toEqual([...exported.keys()].toSorted());
  });

  it('names the kind, the unit and the attributes of each', () => {
    for (const [name, { kind, unit, attributes }] of documented()) {
      const { kind: isKind, unit: isUnit, attributes: has } = exported.get(name)!;
      expect({ name, kind, unit, attributes: Object.keys(attributes).toSorted() }).toEqual({
        name,
        kind: isKind,
        unit: isUnit,
        attributes: Object.keys(has).toSorted(),
      });
    }
  });

  it('lists the values of each attribute that has few', () => {
    for (const [name, { kind, attributes }] of documented()) {
      for (const [attribute, values] of Object.entries(attributes)) {
        if (OPEN.has(attribute) || name === 'stateful_route.store.duration') continue;
        const seen = exported.get(name)!.attributes[attribute]!;
        const where = `${name} ${attribute}`;
        // A counter has all of its values from the beginning.
        if (kind === 'counter')
          expect({ where, values: seen.toSorted() }).toEqual({ where, values: values.toSorted() });
        else
          expect({ where, unknown: seen.filter((value) => !values.includes(value)) }).toEqual({
            where,
            unknown: [],
          });
      }
    }
  });

  it('names every span that a fleet makes, and no other', () => {
    const rows = [...page.matchAll(/^\| `(stateful_route\.[a-z_.<>]+)` \| [^|]+ \| [^|]+ \|$/gm)].map(
      ([, name = '']) => name,
    );
    const made = spans
      .getFinishedSpans()
      .map(({ name }) => name.replace(/^(stateful_route\.store)\..*/, '$1.<method>'));
    expect(rows.length).toBeGreaterThan(3);
    expect([...new Set(made)].toSorted()).toEqual(rows.toSorted());
  });

  it('has no uid in an attribute of a metric', () => {
    for (const [name, { attributes }] of exported) {
      const values = Object.values(attributes).flat();
      expect({ name, uids: values.filter((value) => value.startsWith('user-')) }).toEqual({ name, uids: [] });
    }
  });
});

describe('docs/alerts.yml', () => {
  it.each(rules)('$alert is an expression on what a fleet exports', ({ expr }) => {
    const used: string[] = [];
    const unknown: string[] = [];
    let labels: ReadonlyMap<string, ReadonlySet<string>> | undefined;
    parser.parse(expr).iterate({
      enter: ({ name, type, from, to, node }) => {
        const text = expr.slice(from, to);
        if (type.isError) unknown.push(`an error at ${from}: ${expr.slice(from)}`);
        if (name === 'Identifier') {
          used.push(text);
          labels = scraped.get(text);
          if (!labels) unknown.push(text);
        }
        const [, label = '', value = ''] =
          (name === 'UnquotedLabelMatcher' && /^(\w+)\s*!?=\s*"(.*)"$/.exec(text)) || [];
        if (label !== '' && !isDocumented(label, value)) unknown.push(text);
        if (name === 'LabelName') {
          const isMatcher = node.parent?.name === 'UnquotedLabelMatcher';
          const known = isMatcher ? labels?.has(text) : [...scraped.values()].some((each) => each.has(text));
          if (!known) unknown.push(text);
        }
      },
    });
    expect(unknown).toEqual([]);
    expect(used.length).toBeGreaterThan(0);
  });

  it('finds what is wrong with an expression', () => {
    const broken = parser.parse('sum(rate(stateful_route_placements_total[5m])');
    let errors = 0;
    broken.iterate({ enter: ({ type }) => void (errors += Number(type.isError)) });
    expect(errors).toBeGreaterThan(0);
  });

  it('has a rule for each name only once', () => {
    expect(rules.length).toBeGreaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});
