import { POD_INTENTS } from '@stateful-route/core/adapter';
import type { KnownKey } from '../keys.ts';
import { podFromFields } from '../stored/pod-info.ts';
import { isPodId, jsonObject, pairs, text } from '../stored/replies.ts';
import { isOtherField } from '../stored/reason.ts';
import { tokenRecord } from '../stored/token-record.ts';

type Kind = KnownKey['kind'];

/** What is wrong with what a key holds, and what to do about it. */
export interface Damage {
  readonly problem: string;
  readonly remedy: string;
}

/** How a kind of key is read whole, and what its content must be. A key without a `check` may hold anything of its type. */
interface KindRule {
  readonly type: 'string' | 'hash' | 'list' | 'stream' | 'zset';
  readonly check?: (reply: unknown) => Damage[];
}

const removeField = (field: string): string => `remove the field: HDEL KEY '${field}'`;

/** The faults of single fields of a hash. */
const eachField =
  (fault: (field: string, value: string) => Damage | undefined) =>
  (reply: unknown): Damage[] =>
    pairs(reply).flatMap(([field, value]) => fault(field, value) ?? []);

const podOf = (field: string): Damage | undefined =>
  isPodId(field)
    ? undefined
    : { problem: `has the field '${field}', which is no podId`, remedy: removeField(field) };

function podDetails(field: string, value: string): Damage | undefined {
  if (field.startsWith('@')) {
    if (/^\d{1,16}$/.test(value)) return undefined;
    return { problem: `has '${field}', which is no number`, remedy: removeField(field) };
  }
  const wrongField = podOf(field);
  if (wrongField) return wrongField;
  try {
    podFromFields(Number(field), jsonObject(value));
    return undefined;
  } catch {
    return {
      problem: `has details of pod ${field} that cannot be read: the pod counts as UNKNOWN, and cannot beat`,
      remedy: `${removeField(field)}; its next heartbeat writes them again`,
    };
  }
}

function linkPodId(reply: unknown): Damage[] {
  // The key may have gone since it was found.
  if (reply === null || isPodId(text(reply))) return [];
  return [
    {
      problem: 'is a link to no podId: every call about the user fails',
      remedy: 'remove it: DEL KEY',
    },
  ];
}

function workloadDetails(reply: unknown): Damage[] {
  try {
    if (reply !== null) jsonObject(reply);
    return [];
  } catch {
    return [{ problem: 'is no JSON', remedy: 'remove it: DEL KEY; the leading pod writes it again' }];
  }
}

const rules: Readonly<Record<Kind, KindRule>> = {
  link: { type: 'string', check: linkPodId },
  links: {
    type: 'hash',
    check: eachField((field, value) =>
      isPodId(value)
        ? undefined
        : { problem: `names no podId for service '${field}'`, remedy: removeField(field) },
    ),
  },
  token: {
    type: 'hash',
    check: eachField((field, value) =>
      tokenRecord(value) || isOtherField(field)
        ? undefined
        : {
            problem: `has no token record for service '${field}': the user cannot be claimed`,
            remedy: removeField(field),
          },
    ),
  },
  words: { type: 'hash' },
  info: { type: 'hash', check: eachField(podDetails) },
  intents: {
    type: 'hash',
    check: eachField((field, value) => {
      if (!isPodId(field) || (POD_INTENTS as readonly string[]).includes(value)) return undefined;
      return {
        problem: `has '${value}' for pod ${field}, which is no intent and is ignored`,
        remedy: `set one of ${POD_INTENTS.join(', ')}: routectl cordon, uncordon or drain ${field}`,
      };
    }),
  },
  journal: { type: 'stream' },
  orders: { type: 'list' },
  roster: { type: 'hash' },
  callers: { type: 'zset' },
  quarantined: { type: 'zset' },
  workload: { type: 'string' },
  workloadInfo: { type: 'string', check: workloadDetails },
  tag: { type: 'string' },
  services: { type: 'hash' },
};

/** The command that reads a key, or at least finds out whether it has its type. */
export function readingOf(kind: Kind, key: string): [command: string, key: string, ...args: string[]] {
  const { type, check } = rules[kind];
  if (type === 'string') return ['GET', key];
  if (type === 'list') return ['LRANGE', key, '0', '0'];
  if (type === 'stream') return ['XLEN', key];
  if (type === 'zset') return ['ZCARD', key];
  return [check ? 'HGETALL' : 'HLEN', key];
}

/** What is wrong with a key, by the reply to {@link readingOf}. */
export function damageIn(kind: Kind, reply: unknown): Damage[] {
  const { type, check } = rules[kind];
  if (reply instanceof Error) {
    return [
      {
        problem: `is no ${type}: another program wrote it, and every call about it fails`,
        remedy: `find out which (TYPE KEY), and remove it: DEL KEY`,
      },
    ];
  }
  return check?.(reply) ?? [];
}
