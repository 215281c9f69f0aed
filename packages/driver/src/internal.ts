// Parts that the benchmarks measure by themselves. This entry exists in the workspace only: publishConfig leaves it out.
export { HandOffTally } from './service/hand-off-tally.ts';
export { Placements } from './service/placements.ts';
export { RecentMap } from './service/recent-map.ts';
