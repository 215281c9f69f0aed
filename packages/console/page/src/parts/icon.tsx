import type { JSX } from 'preact';

/** Strokes on a field of 24 by 24. */
const paths = {
  now: 'M3 12h4l3-8 4 16 3-8h4',
  pods: 'M4 5h16v5H4zM4 14h16v5H4zM7.5 7.5h.01M7.5 16.5h.01',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  rollout: 'M4 12a8 8 0 0 1 14-5.3M20 12a8 8 0 0 1-14 5.3M18 3v4h-4M6 21v-4h4',
  timeline: 'M6 4v16M6 7h.01M10 7h9M6 12h.01M10 12h6M6 17h.01M10 17h9',
  plan: 'M5 4h14v16H5zM9 9h6M9 13h6M9 17h3',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 4L2.8 19.5h18.4zM12 10v4.5M12 17.2h.01',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  stop: 'M6.5 6.5h11v11h-11z',
  play: 'M8 5.5v13l10-6.5z',
  out: 'M4 12h14M13 6.5l5.5 5.5-5.5 5.5M4 5v14',
  take: 'M20 12H6M11 6.5L5.5 12l5.5 5.5M20 5v14',
  question: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5h.01',
  dot: 'M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
  hand: 'M7 11V6.5a1.5 1.5 0 0 1 3 0V11m0-1V5a1.5 1.5 0 0 1 3 0v5m0 0V6.5a1.5 1.5 0 0 1 3 0V12m0-2a1.5 1.5 0 0 1 3 0v4c0 4-2.5 6.5-6.5 6.5S7 18.5 5 14.5c-.8-1.600 1-2.5 2-1.200V9',
  shield: 'M12 3.5l7.5 2.5v5.5c0 4.5-3 7.5-7.5 9-4.5-1.5-7.5-4.5-7.5-9V6z',
  pin: 'M9 4h6l-1 6 3.5 3.5h-11L10 10zM12 13.5V21',
  snow: 'M12 3v18M4.200 7.5l15.600 9M19.800 7.5l-15.600 9M9.5 4.5L12 7l2.5-2.5M9.5 19.5L12 17l2.5 2.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  up: 'M6.5 14.5L12 9l5.5 5.5',
  down: 'M6.5 9.5L12 15l5.5-5.5',
  sort: 'M8 10l4-4 4 4M8 14l4 4 4-4',
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof paths;

/** A small drawing beside a word. The word says what it means, so that it is hidden from those who listen. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
