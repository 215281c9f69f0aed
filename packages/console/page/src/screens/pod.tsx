import { counted, duration, figure } from '@stateful-route/core/adapter';
import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { DrainProgress, PodDetails, PodRow } from '../../../src/api/types.ts';
import { asked, cordon, drain as drainPod, resume } from '../actions/action.ts';
import { type Live, mayAct, storeNow } from '../api/live.ts';
import { StatusBadge } from '../parts/badge.tsx';
import { Chart } from '../parts/chart.tsx';
import { Entries } from '../parts/entries.tsx';
import { Foreign } from '../parts/id.tsx';
import { Failure, useLoaded } from '../parts/loaded.tsx';
import { count, timeOf } from '../words/figures.ts';
import { lookOf } from '../words/pod-words.ts';
import { PodUsers } from './pod-users.tsx';

const DETAILS_MS = 2_000;
const DRAIN_MS = 1_000;

/** All that is known of a pod, and what can be done with it. */
export function PodScreen(props: {
  readonly service: string;
  readonly podId: number;
  readonly live: Live;
}): JSX.Element {
  const { service, podId, live } = props;
  const row = live.pods.get(podId);
  const every = row?.intent === 'drain' ? DRAIN_MS : DETAILS_MS;
  const path = `services/${encodeURIComponent(service)}/pods/${podId}`;
  const { value, failure } = useLoaded<PodDetails>(path, Math.floor(live.storeTime / every));
  const details = value.value;
  const pod = row ?? details?.pod;
  if (!pod) {
    return details || failure.value === undefined ? (
      <p class="card empty">Reading the pod…</p>
    ) : (
      <Failure of={failure} />
    );
  }
  return (
    <>
      <Head service={service} pod={pod} isGone={!row} />
      <Failure of={failure} />
      {details?.drain && <Drain drain={details.drain} users={pod.users ?? details.drain.left} />}
      <div class="columns">
        <Facts pod={pod} details={details} />
        <History details={details} />
      </div>
      <PodUsers key={`${service} ${podId}`} service={service} podId={podId} path={`${path}/users`} />
      <section class="card flush">
        <header>
          <h2>History</h2>
        </header>
        <Entries
          label="Entries of the journal about this pod"
          service={service}
          entries={details?.journal ?? []}
          empty={details ? 'The journal has nothing about this pod.' : 'Reading…'}
        />
      </section>
    </>
  );
}

function Head(props: {
  readonly service: string;
  readonly pod: PodRow;
  readonly isGone: boolean;
}): JSX.Element {
  const { service, pod, isGone } = props;
  const { podId, users = 0, intent } = pod;
  const isHeld = intent === 'drain' || intent === 'cordon';
  return (
    <section class="card pod-head">
      <StatusBadge pod={pod} />
      <p>{isGone ? 'Its entry is gone from the directory.' : `It ${lookOf(pod).meaning}.`}</p>
      <Actions>
        {isHeld && (
          <button type="button" class="button" onClick={() => (asked.value = resume(service, podId))}>
            Resume…
          </button>
        )}
        {intent !== 'cordon' && (
          <button type="button" class="button" onClick={() => (asked.value = cordon(service, podId))}>
            Cordon…
          </button>
        )}
        {intent !== 'drain' && (
          <button
            type="button"
            class="button main-action"
            onClick={() => (asked.value = drainPod(service, podId, users))}
          >
            Drain…
          </button>
        )}
      </Actions>
    </section>
  );
}

/** Buttons, for those who may act; the others are told why there are none. */
export function Actions({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return mayAct.value ? (
    <div class="buttons">{children}</div>
  ) : (
    <p class="muted">Read-only: nothing can be changed from here.</p>
  );
}

function Drain({ drain, users }: { readonly drain: DrainProgress; readonly users: number }): JSX.Element {
  const { startedAt, startedWith, by, ratePerSecond, timeLeftMs } = drain;
  const whole = Math.max(startedWith ?? users, users);
  const done = whole === 0 ? 1 : (whole - users) / whole;
  return (
    <section class="card drain" aria-label="Drain">
      <header>
        <h2>{users === 0 ? 'Drained: nobody is left' : `Draining: ${counted(users, 'user')} left`}</h2>
        <span class="muted">
          {startedAt !== undefined && `since ${timeOf(startedAt, storeNow())}`}
          {by !== undefined && (
            <>
              {' by '}
              <Foreign text={by} />
            </>
          )}
        </span>
      </header>
      <div
        class="progress"
        role="progressbar"
        aria-label="Users that were handed over"
        aria-valuemin={0}
        aria-valuemax={whole}
        aria-valuenow={whole - users}
        aria-valuetext={`${whole - users} of ${counted(whole, 'user')} handed over`}
      >
        <i style={{ transform: `scaleX(${done})` }} />
      </div>
      <p class="muted">
        {`${count(whole - users)} of ${count(whole)} handed over`}
        {ratePerSecond !== undefined && `, at most ${counted(ratePerSecond, 'user')} a second`}
        {users > 0 && timeLeftMs !== undefined && `, about ${duration(timeLeftMs)} left`}
      </p>
    </section>
  );
}

function Facts(props: { readonly pod: PodRow; readonly details: PodDetails | undefined }): JSX.Element {
  const { pod, details } = props;
  const { state, routingState, users, maxUsers, load, updateTime, leaseMs, updatePeriodMs } = pod;
  const age = updateTime === undefined ? undefined : Math.max(0, storeNow() - updateTime);
  const beat =
    age === undefined
      ? 'never: it is known by a word alone'
      : `${duration(age)} ago, every ${duration(updatePeriodMs ?? 0)}; lease ${duration(leaseMs ?? 0)}`;
  const held = users === undefined ? 'unknown' : count(users);
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Users', maxUsers === undefined ? held : `${held} of ${count(maxUsers)} places`],
    ['Load', figure(load)],
    ['Heartbeat', beat],
    ['State', `${state}, routing ${routingState}`],
    ['Address', pod.address && <Foreign text={pod.address} />],
    ['Revision', pod.revision && <Foreign text={pod.revision} />],
    ['Incarnation', pod.incarnation && <Foreign text={pod.incarnation} />],
    ['If it dies', pod.deadOwner === 'wait' && 'its users wait for it to return'],
    [
      'Healing',
      pod.healing && `restores the claims ${pod.healing === 'held' ? 'it holds' : 'it held before'}`,
    ],
    ['Drained', details && (details.notDrained ?? 'yes')],
    ['Safe to stop', details && (details.notSafeToStop ?? 'yes')],
    ...Object.entries(pod.metadata).map(
      ([name, value]) => [<Foreign text={name} />, <Foreign text={value} />] as never,
    ),
  ];
  return (
    <section class="card">
      <header>
        <h2>What it says of itself</h2>
      </header>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== undefined && value !== false && value !== '')
          .map(([name, value], index) => (
            <div class="fact" key={index}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function History({ details }: { readonly details: PodDetails | undefined }): JSX.Element {
  const series = details?.series;
  const at = useMemo(() => (series ?? []).map((point) => point.at), [series]);
  const lines = useMemo(() => {
    const points = series ?? [];
    const users = { label: 'users', values: points.map((point) => point.users), isFilled: true };
    // Where nobody sets a load, it is the number of users.
    const isCounted = points.every((point) => point.load === point.users);
    return isCounted ? [users] : [users, { label: 'load', values: points.map(({ load }) => load) }];
  }, [series]);
  return (
    <section class="card">
      <Chart
        key={lines.length}
        label={lines.length === 1 ? 'Users' : 'Users and load'}
        at={at}
        lines={lines}
        text={figure}
      />
    </section>
  );
}
