// Parts that the benchmarks measure by themselves. This entry exists in the workspace only: publishConfig leaves it out.
export { Placements } from './service/placements.ts';
export { RecentMap } from './service/recent-map.ts';
