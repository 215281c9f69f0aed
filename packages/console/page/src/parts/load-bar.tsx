import type { JSX } from 'preact';
import { figure } from '@stateful-route/core/adapter';

/** What a bar is drawn against. */
export interface LoadScale {
  /** The load at the right end. */
  readonly top: number;
  /** Where loads are even. */
  readonly band: { readonly low: number; readonly high: number };
}

const share = (value: number, top: number): string => `${Math.min(100, Math.max(0, (value / top) * 100))}%`;

/** A pod's load as a bar, over the band in which loads are even, with a mark at the load that fills it (if it is known). */
export function LoadBar(props: {
  readonly load: number;
  readonly cap: number | undefined;
  readonly scale: LoadScale;
}): JSX.Element {
  const { load, cap, scale } = props;
  const { top, band } = scale;
  const tone = cap !== undefined && load >= cap ? 'full' : load > band.high ? 'above' : 'even';
  return (
    <span class="load-bar" data-tone={tone} aria-hidden="true" title={titleOf(load, cap, band)}>
      <i
        class="band"
        style={{ left: share(band.low, top), right: `calc(100% - ${share(band.high, top)})` }}
      />
      <i class="fill" style={{ width: share(load, top) }} />
      {cap !== undefined && cap <= top && <i class="cap" style={{ left: share(cap, top) }} />}
    </span>
  );
}

function titleOf(load: number, cap: number | undefined, { low, high }: LoadScale['band']): string {
  const full = cap === undefined ? '' : `; full at ${figure(cap)}`;
  return `load ${figure(load)}; even from ${figure(low)} to ${figure(high)}${full}`;
}
