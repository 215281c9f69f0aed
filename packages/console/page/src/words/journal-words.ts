import type { JournalEntry, JournalType, RoutingState, ServiceState } from '../../../src/api/types.ts';
import type { IconName } from '../parts/icon.tsx';
import { counted } from '@stateful-route/core/adapter';
import type { Tone } from './pod-words.ts';

/** How an entry of the journal reads. */
interface EntryLook<T extends JournalType> {
  readonly icon: IconName;
  readonly tone: (entry: Entry<T>) => Tone;
  /** What happened, without the pod's name and without who did it. */
  readonly says: (entry: Entry<T>) => string;
}

type Entry<T extends JournalType> = Extract<JournalEntry, { readonly type: T }>;

const always =
  (tone: Tone): (() => Tone) =>
  () =>
    tone;
const idle = always('idle');
const good = always('good');
const warn = always('warn');
const bad = always('bad');
const accent = always('accent');

const stayed = (entry: { readonly left: number; readonly unsaved: number }): string =>
  [entry.left > 0 && `, ${entry.left} stayed`, entry.unsaved > 0 && `, ${entry.unsaved} could not be saved`]
    .filter(Boolean)
    .join('');

function stateWords(state: ServiceState, routingState: RoutingState): string {
  if (state === 'READY' && routingState === 'READY') return 'takes new users';
  if (state === 'READY' && routingState === 'DENY_NEW_CALL') return 'takes no new users';
  return `is ${state}, routing ${routingState}`;
}

const looks: { readonly [T in JournalType]: EntryLook<T> } = {
  started: {
    icon: 'play',
    tone: good,
    says: ({ state, routingState }) => `started, and ${stateWords(state, routingState)}`,
  },
  returned: { icon: 'play', tone: good, says: () => 'serves again after it was fenced' },
  state: {
    icon: 'dot',
    tone: ({ state }) => (state === 'FAILED' ? 'bad' : 'idle'),
    says: ({ state, routingState, users }) => {
      const held = users === undefined ? '' : `, with ${counted(users, 'user')}`;
      return stateWords(state, routingState) + held;
    },
  },
  fenced: { icon: 'warning', tone: bad, says: () => 'was fenced: a later process has its place' },
  dead: { icon: 'cross', tone: bad, says: () => 'was reported dead' },
  removed: { icon: 'stop', tone: idle, says: () => 'was removed from the directory' },
  directory: {
    icon: 'warning',
    tone: ({ is }) => (is === 'young' ? 'warn' : 'bad'),
    says: ({ is }) =>
      is === 'restored'
        ? 'found that the store had lost its entry: the directory is restored'
        : `began the directory anew${is === 'quiet' ? ', as every pod had been silent' : ''}: nobody counts as dead for a lease`,
  },
  guard: {
    icon: 'shield',
    tone: ({ active }) => (active ? 'bad' : 'good'),
    says: ({ active }) =>
      active
        ? 'saw most pods fall silent at once: nobody is taken over'
        : 'saw the pods back: users are taken over again',
  },
  intent: {
    icon: 'hand',
    tone: accent,
    says: ({ intent, ratePerSecond }) => {
      const rate = ratePerSecond === undefined ? '' : ` at ${counted(ratePerSecond, 'user')} a second`;
      const words = { cordon: 'was cordoned', drain: 'is to be drained', resume: 'may take users again' };
      return words[intent] + rate;
    },
  },
  order: {
    icon: 'hand',
    tone: accent,
    says: ({ order }) => {
      const to = order.to === undefined ? '' : ` to pod ${order.to}`;
      if (order.kind === 'move') return `was ordered to move ${order.uid}${to}`;
      const users = order.users === undefined ? 'users' : counted(order.users, 'user');
      return `was ordered to hand over ${users}${to}`;
    },
  },
  'order-ended': {
    icon: 'out',
    tone: ({ outcome }) => (outcome === 'done' ? 'good' : 'warn'),
    says: ({ outcome, moved, left = 0, unsaved = 0 }) =>
      `ended an order: ${outcome}, ${counted(moved, 'user')} moved${stayed({ left, unsaved })}`,
  },
  drain: {
    icon: 'out',
    tone: ({ left, unsaved }) => (left + unsaved > 0 ? 'warn' : 'good'),
    says: (entry) => `drained: ${counted(entry.users, 'user')} moved${stayed(entry)}`,
  },
  'hand-off': {
    icon: 'out',
    tone: ({ left, unsaved }) => (left + unsaved > 0 ? 'warn' : 'good'),
    says: (entry) => `handed over ${counted(entry.users, 'user')}${stayed(entry)}`,
  },
  'take-overs': {
    icon: 'take',
    tone: warn,
    says: ({ users }) => `was dead: ${counted(users, 'user')} taken over`,
  },
  moved: {
    icon: 'out',
    tone: accent,
    says: ({ uid, to }) => `lost the temporary link of ${uid} to pod ${to}`,
  },
  kicked: { icon: 'cross', tone: accent, says: ({ uid }) => `lost ${uid}: the claim was ended` },
  unlinked: { icon: 'cross', tone: accent, says: ({ uid }) => `lost the temporary link of ${uid}` },
  pinned: { icon: 'pin', tone: accent, says: ({ uid }) => `is the pod that ${uid} is pinned to` },
  unpinned: {
    icon: 'pin',
    tone: accent,
    says: ({ uid }) => `is not the pod that ${uid} is pinned to any more`,
  },
  frozen: { icon: 'snow', tone: accent, says: () => 'was frozen: nothing is evened out' },
  unfrozen: { icon: 'snow', tone: good, says: () => 'was unfrozen: users are evened out again' },
  quarantined: {
    icon: 'warning',
    tone: bad,
    says: ({ uid }) => `keeps ${uid} from every pod: three died soon after they had claimed this user`,
  },
  unquarantined: { icon: 'shield', tone: good, says: ({ uid }) => `lets ${uid} be placed again` },
  reaped: {
    icon: 'stop',
    tone: accent,
    says: ({ users }) => `claims of processes that are gone were ended: ${counted(users, 'user')}`,
  },
};

/** An entry of the journal for the eye. */
export interface EntryView {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly says: string;
  readonly podId: number | undefined;
  readonly uid: string | undefined;
  readonly by: string | undefined;
}

/** An entry for the eye. One of a type that this page does not know yet is told by its fields. */
export function viewOf(entry: JournalEntry): EntryView {
  const about = entry as { readonly podId?: number; readonly uid?: string; readonly by?: string };
  const look = (looks as unknown as Readonly<Record<string, EntryLook<never> | undefined>>)[entry.type];
  const { podId, uid, by } = about;
  const drawn = look
    ? { icon: look.icon, tone: look.tone(entry as never), says: look.says(entry as never) }
    : { icon: 'dot' as const, tone: 'idle' as const, says: fieldsOf(entry) };
  return { ...drawn, podId, uid, by };
}

function fieldsOf(entry: JournalEntry): string {
  const { id: _id, at: _at, type, ...rest } = entry;
  const fields = Object.entries(rest)
    .filter(([name]) => !['podId', 'by'].includes(name))
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return [type, ...fields].join(', ');
}
