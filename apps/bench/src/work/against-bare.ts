import type { Metric } from '../benchmark.ts';
import type { Loop } from '../measure/closed-loop.ts';
import { rateRatio } from '../measure/loops.ts';
import { ratioMetric } from '../measure/metric.ts';
import type { Samples } from '../measure/rounds.ts';
import type { BareSide } from './work.ts';

/** How a kind of calls is called on the page and in metrics. */
export interface WorkNames {
  /** As in `lookup`VsAutoPipelined8. */
  readonly metric: string;
  /** As in lookupVs`RawGet`8. */
  readonly rawMetric: string;
  /** As in `look-ups` of 8 callers. */
  readonly calls: string;
  /** As in raw `GET`. */
  readonly rawCall: string;
}

/** At least so much of the rates of the bare clients. Without a number the ratio is only reported. */
export type BareGoals = { readonly [Side in BareSide]?: number };

/** Where it was measured, if that is no standalone server: as in on `three masters`. */
export interface Place {
  readonly metric: string;
  readonly shown: string;
}

/** The rates of so many callers over those of bare clients. */
export function againstBare(
  { metric, rawMetric, calls, rawCall }: WorkNames,
  callers: number,
  loops: Samples<'ours' | BareSide, Loop>,
  goals: BareGoals,
  on: Place = { metric: '', shown: '' },
): Metric[] {
  const atOnce = callers === 1 ? 'one caller' : `${callers} callers at once`;
  const over = (side: BareSide, name: string, rival: string): Metric => {
    const atLeast = goals[side];
    return ratioMetric(
      `${metric}Vs${name}${callers}${on.metric}`,
      `${on.shown}${calls} of ${atOnce}: rate over that of ${rival}`,
      rateRatio(loops.ours, loops[side]),
      atLeast === undefined ? 'more' : { atLeast },
    );
  };
  return [
    over('raw', rawMetric, `raw ${rawCall}`),
    over('auto-pipelined', 'AutoPipelined', `auto-pipelined ${rawCall}`),
  ];
}

export const LOOK_UPS: WorkNames = {
  metric: 'lookup',
  rawMetric: 'RawGet',
  calls: 'look-ups',
  rawCall: '`GET`',
};

export const PLACEMENTS: WorkNames = {
  metric: 'place',
  rawMetric: 'RawEvalsha',
  calls: 'placements of new users',
  rawCall: 'one-key `EVALSHA`',
};

export const CLAIMS: WorkNames = {
  metric: 'claim',
  rawMetric: 'RawEvalsha',
  calls: 'first claims of new users',
  rawCall: 'one-key `EVALSHA`',
};
