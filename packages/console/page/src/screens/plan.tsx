import { useSignal } from '@preact/signals';
import { counted, duration, figure } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import type { DesiredReplicas, RebalanceDetails, ScaleInDetails } from '../../../src/api/types.ts';
import { asked, freeze, unfreeze } from '../actions/action.ts';
import { info, type Live } from '../api/live.ts';
import { routectlLine } from '../actions/routectl-line.ts';
import { Badge } from '../parts/badge.tsx';
import { CommandLine } from '../parts/command-line.tsx';
import { Foreign, PodLink } from '../parts/id.tsx';
import { Failure, useLoaded } from '../parts/loaded.tsx';
import { count, timeOf } from '../words/figures.ts';
import { Actions } from './pod.tsx';

const EVERY_MS = 5_000;

/** What would be done, before it is. */
export function PlanScreen({
  service,
  live,
}: {
  readonly service: string;
  readonly live: Live;
}): JSX.Element {
  return (
    <>
      <ScaleIn service={service} alive={live.summary.alive} />
      <Rebalance service={service} live={live} />
    </>
  );
}

function ScaleIn({ service, alive }: { readonly service: string; readonly alive: number }): JSX.Element {
  const replicas = useSignal(Math.max(0, alive - 1));
  const ratePerSecond = useSignal<number | undefined>(undefined);
  const planned = useSignal<string | undefined>(undefined);
  const times = useSignal(0);
  const base = `services/${encodeURIComponent(service)}`;
  const { value, failure } = useLoaded<ScaleInDetails>(planned.value, times.value);
  const desired = useLoaded<DesiredReplicas>(`${base}/desired-replicas`, times.value);
  const plan = (): void => {
    const query = new URLSearchParams({ replicas: String(replicas.value) });
    if (ratePerSecond.value !== undefined) query.set('ratePerSecond', String(ratePerSecond.value));
    planned.value = `${base}/scale-in?${query}`;
    times.value++;
  };
  const { desiredReplicas } = desired.value.value ?? {};
  return (
    <section class="card">
      <header>
        <h2>Scale in</h2>
        {desiredReplicas !== undefined && (
          <span class="muted">{`By load and users ${counted(desiredReplicas, 'pod')} would do`}</span>
        )}
      </header>
      <form
        class="plan-form"
        onSubmit={(event) => {
          event.preventDefault();
          plan();
        }}
      >
        <div class="field">
          <label for="replicas">Pods that stay</label>
          <input
            id="replicas"
            type="number"
            required
            min="0"
            max={Math.max(0, alive - 1)}
            value={replicas}
            onInput={({ currentTarget: { valueAsNumber } }) => {
              if (Number.isInteger(valueAsNumber)) replicas.value = valueAsNumber;
            }}
          />
        </div>
        <div class="field">
          <label for="rate">Users a second</label>
          <input
            id="rate"
            type="number"
            min="1"
            placeholder="default"
            onInput={({ currentTarget: { valueAsNumber } }) =>
              (ratePerSecond.value = Number.isFinite(valueAsNumber) ? valueAsNumber : undefined)
            }
          />
        </div>
        <button type="submit" class="button main-action">
          Plan
        </button>
        <p class="muted">Planning changes nothing.</p>
      </form>
      <Failure of={failure} />
      <div role="status">{value.value && <ScaleInPlan service={service} plan={value.value} />}</div>
    </section>
  );
}

function ScaleInPlan({
  service,
  plan,
}: {
  readonly service: string;
  readonly plan: ScaleInDetails;
}): JSX.Element {
  const { goes, receives, usersMoved, fits, problem, durationMs, ratePerSecond, kubectl } = plan;
  const words = ['scale-in', String(goes.length), '--wait', '--rate', String(ratePerSecond)];
  const command = routectlLine(info.value?.namespace ?? '', service, words);
  return (
    <div class="plan">
      <p class="plan-verdict">
        {fits ? (
          <Badge tone="good" icon="check">
            the rest can carry them
          </Badge>
        ) : (
          <Badge tone="bad" icon="cross">
            the rest cannot carry them
          </Badge>
        )}
        <span>
          {`${counted(goes.length, 'pod')} would go and ${counted(usersMoved, 'user')} would move, in about ` +
            `${duration(durationMs)} at ${count(ratePerSecond)} a second.`}
        </span>
      </p>
      {problem !== undefined && <p class="wrap">{problem}</p>}
      <div class="columns">
        <Shares title="Go" service={service} rows={goes} sign="−" />
        <Shares title="Receive" service={service} rows={receives} sign="+" />
      </div>
      <p class="muted">
        To do it: drain the pods, wait for that, and only then let the StatefulSet end them.
      </p>
      <CommandLine line={command} />
      <CommandLine line={kubectl} />
    </div>
  );
}

function Shares(props: {
  readonly title: string;
  readonly service: string;
  readonly rows: readonly { readonly podId: number; readonly users: number }[];
  readonly sign: string;
}): JSX.Element {
  const { title, service, rows, sign } = props;
  const id = `shares-${title}`;
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ol class="short-list">
        {rows.map(({ podId, users }) => (
          <li key={podId}>
            <PodLink service={service} podId={podId} />
            <span />
            <span class="number">{`${sign}${counted(users, 'user')}`}</span>
          </li>
        ))}
        {rows.length === 0 && <li class="muted">Nobody.</li>}
      </ol>
    </section>
  );
}

function Rebalance({ service, live }: { readonly service: string; readonly live: Live }): JSX.Element {
  const path = `services/${encodeURIComponent(service)}/rebalance`;
  const isFrozen = live.summary.conditions.some(({ name }) => name === 'frozen');
  const again = `${Math.floor(live.storeTime / EVERY_MS)} ${isFrozen}`;
  const { value, failure } = useLoaded<RebalanceDetails>(path, again);
  const plan = value.value;
  return (
    <section class="card">
      <header>
        <h2>Evening out now</h2>
        <Actions>
          {isFrozen ? (
            <button type="button" class="button" onClick={() => (asked.value = unfreeze(service))}>
              Unfreeze…
            </button>
          ) : (
            <button type="button" class="button" onClick={() => (asked.value = freeze(service))}>
              Freeze…
            </button>
          )}
        </Actions>
      </header>
      <Failure of={failure} />
      {plan?.frozen && (
        <p>
          {`Frozen since ${timeOf(plan.frozen.at, live.storeTime)}`}
          {plan.frozen.by !== undefined && (
            <>
              {' by '}
              <Foreign text={plan.frozen.by} />
            </>
          )}
          .
        </p>
      )}
      {plan?.hold !== undefined && <p>{`Nothing is moved now: ${plan.hold}.`}</p>}
      {plan && plan.moves.length === 0 && <p>The pods are as even as they are kept.</p>}
      {plan && plan.moves.length > 0 && (
        <>
          <p class="muted">
            {`${plan.hold === undefined ? 'It moves' : 'Without that it would move'} what follows, in ` +
              `${duration(plan.durationMs)} at least, by the budget.`}
          </p>
          <ol class="short-list">
            {plan.moves.map(({ from, to, users, load, label }) => (
              <li key={`${from} ${to}`}>
                <span>
                  <PodLink service={service} podId={from} /> to <PodLink service={service} podId={to} />
                </span>
                <Badge tone="idle" icon="out">
                  {label}
                </Badge>
                <span class="number">
                  {counted(users, 'user') + (load === undefined ? '' : `, load ${figure(load)}`)}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
