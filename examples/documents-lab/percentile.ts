/** The value below which `percent` of the values lie, to a millisecond. `NaN` if there is none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.ceil((percent / 100) * sorted.length) - 1;
  return Math.round(sorted[Math.max(0, index)] ?? Number.NaN);
}
