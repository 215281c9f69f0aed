import { isRouteError, routeError, type StatefulServiceState } from '@stateful-route/core';
import {
  ageMsOf,
  hasEnded,
  isSameRun,
  leaseMsOf,
  parseIncarnation,
  type PodReport,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { links, type Mutant } from './mutant.ts';

/** A heartbeat, and the stored entry. */
interface Meeting {
  readonly report: PodReport;
  readonly met: StatefulServiceState & { readonly incarnation: string };
  readonly isLeaseOver: boolean;
}

type Beat = StatefulExecutor['setServiceState'];

/** Changes how a heartbeat is received over certain entries. */
function meeting(
  rule: string,
  applies: (meeting: Meeting) => boolean,
  other: (inner: StatefulExecutor, beat: Parameters<Beat>, meeting: Meeting) => ReturnType<Beat>,
): Mutant {
  return links(rule, (inner) => ({
    setServiceState: async (ns, service, podId, report, options) => {
      const beat: Parameters<Beat> = [ns, service, podId, report, options];
      const { pods, storeTime } = await inner.getServiceState(ns, service);
      const met = pods.get(podId);
      if (met?.incarnation === undefined) return inner.setServiceState(...beat);
      const isLeaseOver = hasEnded(met) || (ageMsOf(met, storeTime) ?? 0) > leaseMsOf(met);
      const found = { report, met: { ...met, incarnation: met.incarnation }, isLeaseOver };
      return applies(found) ? other(inner, beat, found) : inner.setServiceState(...beat);
    },
  }));
}

/** Stores a heartbeat that would be fenced. */
const take = async (inner: StatefulExecutor, beat: Parameters<Beat>, { met }: Meeting): ReturnType<Beat> => {
  try {
    return await inner.setServiceState(...beat);
  } catch (error) {
    if (!isRouteError(error, 'FENCED')) throw error;
    const [ns, service, podId] = beat;
    await inner.removeServiceState(ns, service, podId, { incarnation: met.incarnation });
    const ack = await inner.setServiceState(...beat);
    return { ...ack, previous: { incarnation: met.incarnation, updateTime: met.updateTime } };
  }
};

/** Fences a heartbeat that would be stored. */
const fence = async (
  _inner: StatefulExecutor,
  [namespace, serviceName, podId, { incarnation }]: Parameters<Beat>,
  { met }: Meeting,
): ReturnType<Beat> => {
  const fields = { namespace, serviceName, podId, incarnation, met: met.incarnation };
  throw routeError('FENCED', 'Fenced.', fields);
};

const start = (text: string): number => parseIncarnation(text).start;
const isOther = ({ report, met }: Meeting): boolean => !isSameRun(report.incarnation, met.incarnation);
const isSameLife = ({ report, met }: Meeting): boolean =>
  isSameRun(report.incarnation, met.incarnation) &&
  parseIncarnation(report.incarnation).life === parseIncarnation(met.incarnation).life;

/** Fences a heartbeat by its `seq` and the greatest one of its incarnation. */
function fencingSeq(rule: string, isFenced: (seq: number, last: number) => boolean): Mutant {
  return links(rule, (inner) => {
    const lasts = new Map<string, number>();
    return {
      setServiceState: async (ns, service, podId, report, ...rest) => {
        const { incarnation, seq } = report;
        const life = `${ns} ${service} ${podId} ${incarnation}`;
        const last = lasts.get(life) ?? -1;
        lasts.set(life, Math.max(last, seq));
        if (!isFenced(seq, last)) return inner.setServiceState(ns, service, podId, report, ...rest);
        const fields = { namespace: ns, serviceName: service, podId, incarnation, met: incarnation };
        throw routeError('FENCED', 'Fenced.', fields);
      },
    };
  });
}

/** Which heartbeats count, and under which incarnation. */
export const beatMutants: readonly Mutant[] = [
  meeting('an earlier run is fenced', isOther, take),
  meeting(
    'an earlier run is fenced, its first heartbeat too',
    (each) => isOther(each) && !each.report.beatenBefore,
    take,
  ),
  meeting('an earlier life of a run is fenced', (each) => !isOther(each), take),
  meeting(
    'a run without a start is the earliest',
    (each) => isOther(each) && start(each.report.incarnation) === 0 && start(each.met.incarnation) > 0,
    take,
  ),
  meeting(
    'a later run is taken, though it beat before',
    (each) => isOther(each) && each.report.beatenBefore,
    fence,
  ),
  meeting(
    'of two runs of one ms the greater id is the later',
    (each) => isOther(each) && start(each.report.incarnation) === start(each.met.incarnation),
    fence,
  ),
  meeting(
    'starts are compared as numbers',
    ({ report, met, isLeaseOver }) => !isLeaseOver && report.incarnation < met.incarnation,
    fence,
  ),
  meeting(
    'a later incarnation of the run is stored, whatever its seq',
    (each) => !isOther(each) && !isSameLife(each) && each.report.seq < 5,
    fence,
  ),
  meeting(
    'a first heartbeat after the end of a lease is never fenced',
    (each) =>
      isOther(each) && each.isLeaseOver && start(each.report.incarnation) < start(each.met.incarnation),
    fence,
  ),
  links("a first heartbeat after the end of a lease is accepted only if it is the run's first", (inner) => ({
    setServiceState: (ns, service, podId, report, ...rest) =>
      inner.setServiceState(ns, service, podId, { ...report, beatenBefore: false }, ...rest),
  })),
  meeting(
    'a first heartbeat after the end of a lease is given a greater start',
    (each) => isOther(each) && each.isLeaseOver && !each.report.beatenBefore,
    async (inner, beat, { met }) => {
      const [ns, service, podId] = beat;
      await inner.removeServiceState(ns, service, podId, { incarnation: met.incarnation });
      const ack = await inner.setServiceState(...beat);
      return { ...ack, previous: { incarnation: met.incarnation, updateTime: met.updateTime } };
    },
  ),
  links("a heartbeat's reply has the incarnation as stored", (inner) => ({
    setServiceState: async (ns, service, podId, report, ...rest) => ({
      ...(await inner.setServiceState(ns, service, podId, report, ...rest)),
      incarnation: report.incarnation,
    }),
  })),
  meeting(
    'within a run the greatest start remains',
    (each) =>
      !isOther(each) && !isSameLife(each) && start(each.report.incarnation) < start(each.met.incarnation),
    async (inner, beat, { report, met }) => {
      const [ns, service, podId] = beat;
      await inner.removeServiceState(ns, service, podId, { incarnation: met.incarnation });
      const ack = await inner.setServiceState(ns, service, podId, { ...report, beatenBefore: false });
      return { ...ack, previous: { incarnation: met.incarnation, updateTime: met.updateTime } };
    },
  ),
  fencingSeq('a late heartbeat is acknowledged', (seq, last) => seq < last),
  fencingSeq('a repeated heartbeat is acknowledged', (seq, last) => seq === last),
  links('a fenced heartbeat fails with the incarnation that it met', (inner) => ({
    setServiceState: async (...args) => {
      try {
        return await inner.setServiceState(...args);
      } catch (error) {
        if (!isRouteError(error, 'FENCED')) throw error;
        const { namespace, serviceName, podId, incarnation } = error;
        throw routeError('FENCED', 'Fenced.', { namespace, serviceName, podId, incarnation, met: 'x' });
      }
    },
  })),
];
