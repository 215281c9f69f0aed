import { duration, figure } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { PodRow, SeriesPoint } from '../../../src/api/types.ts';
import { type Live, storeNow } from '../api/live.ts';
import { StatusBadge } from '../parts/badge.tsx';
import { Chart } from '../parts/chart.tsx';
import { Entries } from '../parts/entries.tsx';
import { PodLink } from '../parts/id.tsx';
import { Tile } from '../parts/tile.tsx';
import { hrefOf } from '../routing/route.ts';
import { count, percent, rate } from '../words/figures.ts';
import { statusLooks, statusOrder } from '../words/pod-words.ts';

const MEAN_OF_MS = 10_000;
const LAST_ENTRIES = 8;

/** How the service is now, and what is worst. */
export function NowScreen({ service, live }: { readonly service: string; readonly live: Live }): JSX.Element {
  const { series } = live;
  const at = useMemo(() => series.map((point) => point.at), [series]);
  const users = useMemo(
    () => [{ label: 'users', values: series.map((point) => point.users), isFilled: true }],
    [series],
  );
  const flows = useMemo(
    () => [
      { label: 'arrived', values: series.map(({ arrivals }) => arrivals) },
      { label: 'moved', values: series.map(({ moves }) => moves) },
      { label: 'taken over', values: series.map(({ takeOvers }) => takeOvers) },
    ],
    [series],
  );
  return (
    <>
      <Tiles live={live} />
      <div class="columns">
        <section class="card">
          <Chart label="Users" at={at} lines={users} text={count} />
        </section>
        <section class="card">
          <Chart label="Users a second" at={at} lines={flows} text={rate} />
        </section>
      </div>
      <Worst service={service} live={live} />
      <section class="card flush">
        <header>
          <h2>What happened last</h2>
          <a href={hrefOf(service, { screen: 'timeline' })}>Timeline</a>
        </header>
        <Entries
          label="Last entries of the journal"
          service={service}
          entries={live.journal.slice(-LAST_ENTRIES)}
          empty="The journal has no entry yet."
        />
      </section>
    </>
  );
}

function Tiles({ live }: { readonly live: Live }): JSX.Element {
  const { summary, series, pods } = live;
  const mean = meanOf(live.band);
  // A pod that drains is meant to be emptier than the others.
  const max = Math.max(
    0,
    ...[...pods.values()].flatMap((pod) => (pod.status === 'routable' ? pod.load : [])),
  );
  const imbalance = mean > 0 ? max / mean - 1 : 0;
  const silent = [...pods.values()].filter(({ status }) => status === 'dead').length;
  const takeOvers = lately(series, ({ takeOvers: each }) => each);
  const errors = total(series, ({ errors: each }) => each);
  return (
    <div class="tiles">
      <Tile name="Users" value={count(summary.users)}>
        {summary.maxUsers === undefined ? 'no limit' : `of ${count(summary.maxUsers)} places`}
      </Tile>
      <Tile
        name="Taking users"
        tone={summary.routable === 0 || silent > 0 ? 'bad' : undefined}
        value={`${count(summary.routable)} / ${count(summary.pods)}`}
      >
        <PodStack pods={[...pods.values()]} />
      </Tile>
      <Tile name="Arrivals/s" value={rate(lately(series, ({ arrivals }) => arrivals))}>
        {`moves/s ${rate(lately(series, ({ moves }) => moves))}`}
      </Tile>
      <Tile name="Take-overs/s" tone={takeOvers > 0 ? 'warn' : undefined} value={rate(takeOvers)}>
        {`${count(total(series, ({ takeOvers: each }) => each))} in ${span(series)}`}
      </Tile>
      <Tile name="Errors" tone={errors > 0 ? 'bad' : undefined} value={count(errors)}>
        {`in ${span(series)}`}
      </Tile>
      <Tile name="Imbalance" tone={max > live.band.high ? 'warn' : undefined} value={percent(imbalance)}>
        {`most ${figure(max)}, mean ${figure(mean)}`}
      </Tile>
    </div>
  );
}

/** The mean load of the pods that take users: the middle of the band in which they are even. */
const meanOf = ({ low, high }: Live['band']): number => (low + high) / 2;

/** The mean of a rate over the last seconds: one second alone jumps. */
function lately(series: readonly SeriesPoint[], of: (point: SeriesPoint) => number): number {
  const last = series.at(-1)?.at ?? 0;
  const points = series.filter(({ at }) => at > last - MEAN_OF_MS);
  return points.length === 0 ? 0 : points.reduce((sum, point) => sum + of(point), 0) / points.length;
}

/** How many a rate makes in all. */
function total(series: readonly SeriesPoint[], of: (point: SeriesPoint) => number): number {
  return Math.round(
    series.reduce((sum, point, index) => {
      const before = series[index - 1];
      return sum + (of(point) * (before ? point.at - before.at : 1_000)) / 1_000;
    }, 0),
  );
}

const span = (series: readonly SeriesPoint[]): string => {
  const minutes = Math.max(1, Math.round(((series.at(-1)?.at ?? 0) - (series[0]?.at ?? 0)) / 60_000));
  return `${minutes} min`;
};

/** How many pods there are of each status, as one bar and in words. */
function PodStack({ pods }: { readonly pods: readonly PodRow[] }): JSX.Element {
  const counts = statusOrder
    .map((status) => ({ status, n: pods.filter((pod) => pod.status === status).length }))
    .filter(({ n }) => n > 0);
  const words = counts.map(({ status, n }) => `${n} ${statusLooks[status].word}`).join(', ');
  return (
    <>
      <span class="stack" title={words} aria-hidden="true">
        {counts.map(({ status, n }) => (
          <i key={status} data-tone={statusLooks[status].tone} style={{ flexGrow: n }} />
        ))}
      </span>
      <span class="unseen">{words}</span>
    </>
  );
}

function Worst({ service, live }: { readonly service: string; readonly live: Live }): JSX.Element {
  const now = storeNow();
  const { worst, pods, band } = live;
  const rows = (ids: readonly number[]): PodRow[] => ids.flatMap((podId) => pods.get(podId) ?? []);
  const mean = meanOf(band);
  return (
    <div class="columns worst">
      <WorstList
        title="Highest load"
        service={service}
        rows={rows(worst.load)}
        empty="No pod has a load."
        says={({ load }) => figure(load)}
      />
      <WorstList
        title="Overdue heartbeats"
        service={service}
        rows={rows(worst.age)}
        empty="Every pod beats in time."
        says={(pod) => (pod.updateTime === undefined ? 'never' : `${duration(now - pod.updateTime)} ago`)}
      />
      <WorstList
        title="Farthest from the mean"
        service={service}
        rows={rows(worst.imbalance)}
        empty="Every pod is within the band."
        says={({ load }) =>
          mean === 0 ? figure(load) : `${load < mean ? '−' : '+'}${percent(Math.abs(load / mean - 1))}`
        }
      />
    </div>
  );
}

function WorstList(props: {
  readonly title: string;
  readonly service: string;
  readonly rows: readonly PodRow[];
  readonly empty: string;
  readonly says: (pod: PodRow) => string;
}): JSX.Element {
  const { title, service, rows, empty, says } = props;
  return (
    <section class="card">
      <header>
        <h2>{title}</h2>
      </header>
      <ol class="short-list">
        {rows.map((pod) => (
          <li key={pod.podId}>
            <PodLink service={service} podId={pod.podId} />
            <StatusBadge pod={pod} />
            <span class="number">{says(pod)}</span>
          </li>
        ))}
        {rows.length === 0 && <li class="muted">{empty}</li>}
      </ol>
    </section>
  );
}
