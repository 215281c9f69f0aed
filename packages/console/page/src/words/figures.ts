const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A count: `1,204`. */
export const count = (value: number): string => grouped.format(value);

/** A number a second: `0`, `3.4`, `120`. */
export function rate(value: number): string {
  if (value === 0) return '0';
  return value < 100 ? oneDigit.format(value) : grouped.format(value);
}

/** A share of 1: `12 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 9.95 ? oneDigit.format(value) : grouped.format(value)} %`;
}

/** How long ago something was, in one unit: `now`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function ago(ms: number): string {
  if (ms < 1_500) return 'now';
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' });

/** A time of day in the reader's zone: `14:03:27`, with its day if that is not today. */
export const timeOf = (at: number, now: number): string =>
  day.format(at) === day.format(now) ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
