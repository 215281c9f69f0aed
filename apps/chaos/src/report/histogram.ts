const WIDTH = 50;

/** How many of the values lie in each range, as lines of text: up to each bound, and above the last. */
export function histogram(values: readonly number[], bounds: readonly number[]): string[] {
  const counts = [...bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
    const above = at === 0 ? Number.NEGATIVE_INFINITY : bounds[at - 1]!;
    return values.filter((value) => value > above && value <= bound).length;
  });
  const most = Math.max(1, ...counts);
  return counts.map((count, at) => {
    const range = at < bounds.length ? `≤ ${bounds[at]}` : `> ${bounds.at(-1)}`;
    const bar = '█'.repeat(Math.ceil((count / most) * WIDTH));
    return `${range.padStart(8)} ms ${String(count).padStart(5)} ${bar}`.trimEnd();
  });
}
