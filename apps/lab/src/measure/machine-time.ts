/** The machine's monotonic clock in ms, which all of its processes share. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
