import type { Call, Process } from './process.ts';
import type { StoredLink } from './two-line-store.ts';
import type { World } from './world.ts';

/** The keys of processes. A process is never changed after the move that made it. */
const names = new WeakMap<Process, string>();

/** The key of a world. Worlds that differ only in the order of calls under way have the same key. */
export function keyOf({ store, processes, takeOver, left }: World): string {
  const { owner, link, kept } = store;
  const stored = `${linkKey(link)} ${kept} ${owner?.pod} ${owner?.run} ${takeOver?.pod} ${takeOver?.token}`;
  let key = `${stored} ${left.asked} ${left.disturbed} ${left.lost}`;
  for (const process of processes) {
    let name = names.get(process);
    if (name === undefined) {
      name = processKey(process);
      names.set(process, name);
    }
    key += `/${name}`;
  }
  return key;
}

function linkKey(link: StoredLink | undefined): string {
  return link ? `${link.pod},${link.token},${link.run},${link.life}` : '';
}

function processKey(process: Process): string {
  if (!process.isStarted) return '';
  const { life, turn, reading } = process;
  const { state } = life;
  const flags = [process.isEnded, process.isFenced, process.mustVerify, process.isPromised, process.isRobbed]
    .map(Number)
    .join('');
  return [
    flags,
    process.lifeNumber,
    state.at,
    'op' in state ? state.op : '',
    'token' in state ? state.token : '',
    'of' in state ? state.of : '',
    'waiting' in state ? String(state.waiting) : '',
    Number(life.untilRelease),
    life.waitingScopes,
    life.runningScopes,
    turn ? `${turn.does},${turn.op},${turn.stage},${turn.isLeft}` : '',
    process.queue.join(','),
    process.calls
      .map((call) => callKey(call))
      .toSorted()
      .join(';'),
    process.scopes.toSorted((a, b) => a - b).join(','),
    reading ? `${linkKey(reading.link)},${reading.token}` : '',
    process.pushed,
  ].join('|');
}

function callKey({ op, what, asks, reply, isForgotten }: Call): string {
  const asked =
    what.does === 'claim'
      ? `${what.how},${what.life},${what.assertToken}`
      : 'token' in what
        ? what.token
        : '';
  const replied = reply ? `${reply.is}${reply.is === 'linked' ? reply.token : ''}` : '';
  return `${op},${what.does},${asked},${asks},${replied},${isForgotten}`;
}
