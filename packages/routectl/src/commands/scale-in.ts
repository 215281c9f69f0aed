import { isRoutable, type ServiceStateRead } from '@stateful-route/core';
import {
  ageMsOf,
  counted,
  DEFAULT_BALANCE_OPTIONS,
  duration,
  heldUp,
  notDrained,
  type ScaleInPlan,
  scaleInPlan,
} from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { Progress } from '../output/progress.ts';
import { show, tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { patiently } from '../run/patience.ts';
import { pause } from '../run/pause.ts';
import { readPods, readSomePods, serviceOf } from './target.ts';

const EVERY_MS = 500;

/** Options of {@link scaleIn}. */
export interface ScaleInCommandOptions {
  /** Only shows what would become of the service. */
  readonly dryRun: boolean;
  /** Waits until the pods that go hold nobody. */
  readonly wait: boolean;
  /** How many users move a second, from all pods together. Default: 5 % of the users a minute. */
  readonly ratePerSecond?: number | undefined;
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

type Leaving = ScaleInPlan['leaving'][number];

/** Has the pods that a smaller StatefulSet removes hand their users over, and says how to make it smaller. */
export async function scaleIn(
  context: Context,
  count: number,
  options: ScaleInCommandOptions,
): Promise<void> {
  const { namespace, by } = context;
  const service = await serviceOf(context);
  const read = await readSomePods(context, service);
  const rate = options.ratePerSecond ?? defaultRate(read);
  const plan = scaleInPlan(read, count, { ratePerSecond: rate });
  const kubectl = `kubectl --namespace ${namespace} scale statefulset ${service} --replicas=${plan.replicas}`;
  const shown = { namespace, service, dryRun: options.dryRun, ...plan, kubectl, by };
  const refusal = plan.refusal ?? heldText(read);
  if (options.dryRun) {
    return show(context, { ...shown, refusal, drained: false }, () => {
      const next = refusal === undefined ? `Then:\n  ${kubectl}` : `It would be refused: ${refusal}`;
      return `${planText(context, plan)}${next}\n`;
    });
  }
  if (refusal !== undefined) throw new CommandEnd(EXIT.refused, refusal, shown);
  const ids = plan.leaving.map(({ podId }) => podId);
  // First all refuse new users, so that none hands users over to another one that goes.
  for (const podId of ids) await tell(context, service, podId, 'cordon');
  await until(context, service, options, (now) => {
    const open = ids.filter((podId) => isOpen(now, podId));
    return { done: ids.length - open.length, total: ids.length, what: 'pods refuse new users' };
  });
  for (const pod of plan.leaving)
    await tell(context, service, pod.podId, 'drain', rateOf(pod, plan.users, rate));
  if (options.wait) {
    await until(context, service, options, (now) => {
      const left = ids.reduce((sum, podId) => sum + leftOn(now, podId), 0);
      return { done: plan.users - left, total: plan.users, what: 'users handed over' };
    });
  }
  show(context, { ...shown, drained: options.wait }, () => {
    const names = plan.leaving.map(({ podId }) => `${service}-${podId}`);
    const first = options.wait ? '' : names.map((name) => `  routectl await ${name} drained\n`).join('');
    const state = options.wait ? 'hold nobody' : 'hand their users over';
    const again = names.map((name) => `  routectl uncordon ${name}\n`).join('');
    return (
      `${planText(context, plan)}They ${state}. Next:\n${first}  ${kubectl}\n` +
      `If they come back later, they take users again after:\n${again}`
    );
  });
}

/** Why pods should not go now, whatever their users. */
function heldText(read: ServiceStateRead): string | undefined {
  const held = heldUp(read);
  return held && `No pod should go now: ${held.meaning}.`;
}

/** The share of the users that the planner moves a minute when pods come. */
function defaultRate({ pods }: ServiceStateRead): number {
  const users = [...pods.values()].reduce((sum, pod) => sum + (pod.users ?? 0), 0);
  return Math.max(1, users * DEFAULT_BALANCE_OPTIONS.additions) / 60;
}

/** So that all pods are done at the same time. */
function rateOf({ users }: Leaving, all: number, rate: number): number | undefined {
  return users === 0 ? undefined : (rate * users) / all;
}

function planText(context: Context, { leaving, moves, users, seconds, replicas }: ScaleInPlan): string {
  const targets = (podId: number): string =>
    moves
      .filter((move) => move.podId === podId)
      .map((move) => `${move.to} (${move.users})`)
      .join(', ') || '-';
  const columns: readonly Column<Leaving>[] = [
    { title: 'POD', text: ({ podId }) => String(podId), right: true },
    { title: 'USERS', text: (pod) => String(pod.users), right: true },
    { title: 'TO ABOUT', text: ({ podId }) => targets(podId) },
  ];
  const time = users === 0 ? '' : `, in ${duration(seconds * 1_000)} at least`;
  return `${tableOf(context, columns, leaving)}\n${counted(users, 'user')} to be moved${time}. ${counted(replicas, 'pod')} left.\n`;
}

function tell(
  { namespace, store, by, signal }: Context,
  service: string,
  podId: number,
  intent: 'cordon' | 'drain',
  ratePerSecond?: number,
): Promise<void> {
  return store.executors.server.setPodIntent(namespace, service, podId, intent, {
    ratePerSecond,
    by,
    signal,
  });
}

function isOpen({ pods, storeTime }: ServiceStateRead, podId: number): boolean {
  const pod = pods.get(podId);
  return pod !== undefined && isRoutable(pod, ageMsOf(pod, storeTime));
}

/** How many users a pod still has; one more than none if it cannot say. */
function leftOn({ pods }: ServiceStateRead, podId: number): number {
  const pod = pods.get(podId);
  return pod === undefined || notDrained(pod) === undefined ? 0 : Math.max(1, pod.users ?? 1);
}

interface Advance {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

/** Waits until all is done. */
async function until(
  context: Context,
  service: string,
  { timeoutMs = Number.POSITIVE_INFINITY }: ScaleInCommandOptions,
  look: (read: ServiceStateRead) => Advance,
): Promise<void> {
  const { clock, streams } = context;
  const began = clock.monotonic();
  using progress = new Progress(streams.err);
  for (;;) {
    const { done, total, what } = look(await patiently(context, () => readPods(context, service)));
    if (done >= total) return;
    progress.show(what, Math.max(0, done), total);
    const waitedMs = clock.monotonic() - began;
    if (waitedMs >= timeoutMs) {
      const message = `After ${duration(waitedMs)}: ${Math.max(0, done)} of ${total} ${what}. What was told to the pods stands.`;
      throw new CommandEnd(EXIT.timeOver, message, { service, done, total });
    }
    await pause(Math.min(EVERY_MS, timeoutMs - waitedMs), context);
  }
}
