import { readdirSync, readFileSync } from 'node:fs';

/** The processes of these sessions that can still act. Reads `/proc` by itself: the agent's own way is what is tested. */
export function sessionProcesses(sessions: readonly number[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, , , own] = text.slice(text.lastIndexOf(')') + 2).split(' ');
        return state !== 'Z' && state !== 'X' && sessions.includes(Number(own));
      } catch {
        return false;
      }
    });
}
