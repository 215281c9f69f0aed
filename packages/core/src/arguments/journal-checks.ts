import { type ReportedEvent, REPORTED_TYPES } from '../domain/journal.ts';
import {
  type MoveOrder,
  ORDER_KINDS,
  ORDER_OUTCOMES,
  type OrderReport,
  type PodOrder,
  type ShedOrder,
} from '../domain/pod-order.ts';
import {
  type Check,
  checkCount,
  checkIncarnation,
  checkInteger,
  checkLoad,
  checkPodId,
  checkUid,
  checkWord,
  record,
} from './checks.ts';
import { invalidParameter } from './faults.ts';
import { optionsCheck } from './option-rules.ts';

// oxlint-disable-next-line no-control-regex -- control characters are refused
const BY = /^[^\u0000-\u001f\u007f-\u009f]{1,128}$/;

/** The name of a person or a program. */
export function checkBy(value: unknown, parameter = 'by'): void {
  if (typeof value !== 'string' || !value.isWellFormed() || !BY.test(value)) {
    throw invalidParameter(parameter, 'must be 1–128 characters, without control characters');
  }
}

/** The id of an order: printable ASCII without spaces. */
export function checkOrderId(value: unknown, parameter = 'orderId'): void {
  checkIncarnation(value, parameter);
}

const checkKind: Check = (value) => checkWord(value, 'kind', ORDER_KINDS);

const orderRules = {
  id: checkOrderId,
  kind: checkKind,
  until: checkCount,
  by: checkBy,
  to: checkPodId,
};
const orderFields = ['id', 'kind', 'until', 'by'];

const checkMove = optionsCheck<MoveOrder>(
  { ...orderRules, uid: checkUid },
  { required: [...orderFields, 'uid'] },
);

const checkShed = optionsCheck<ShedOrder>(
  {
    ...orderRules,
    users: (value) => checkInteger(value, 'users', 1, Number.MAX_SAFE_INTEGER),
    load: (value) => {
      checkLoad(value, 'load');
      if (value === 0) throw invalidParameter('load', 'must be above 0');
    },
  },
  {
    required: orderFields,
    together: ({ users, load }) => {
      if (users === undefined && load === undefined) throw invalidParameter('users', 'or load must be given');
    },
  },
);

/** An order. */
export function checkOrder(value: unknown): void {
  const { kind } = record(value, 'order') as Partial<PodOrder>;
  checkKind(kind);
  if (kind === 'move') checkMove(value, 'order');
  else checkShed(value, 'order');
}

/** What became of an order. */
export const checkOrderReport: Check = optionsCheck<OrderReport>(
  {
    outcome: (value) => checkWord(value, 'outcome', ORDER_OUTCOMES),
    moved: checkCount,
    left: checkCount,
    unsaved: checkCount,
  },
  { required: ['outcome', 'moved'] },
);

const checkType: Check = (value) => checkWord(value, 'type', REPORTED_TYPES);

const eventRules: Readonly<Record<string, Check>> = {
  type: checkType,
  podId: checkPodId,
  to: checkPodId,
  uid: checkUid,
  by: checkBy,
  cause: (value) => checkWord(value, 'cause', ['application', 'operator', 'stop']),
  users: checkCount,
  left: checkCount,
  unsaved: checkCount,
};

function eventCheck(required: readonly string[], optional: readonly string[] = []): Check {
  const names = ['type', ...required, ...optional];
  const rules = Object.fromEntries(names.map((name) => [name, eventRules[name]!]));
  return optionsCheck(rules, { required });
}

const eventChecks: Readonly<Record<ReportedEvent['type'], Check>> = {
  drain: eventCheck(['podId', 'cause', 'users', 'left', 'unsaved']),
  'hand-off': eventCheck(['podId', 'users', 'left', 'unsaved']),
  'take-overs': eventCheck(['podId', 'users']),
  kicked: eventCheck(['podId', 'uid', 'by']),
  unlinked: eventCheck(['podId', 'uid', 'by']),
  moved: eventCheck(['podId', 'uid', 'to', 'by']),
  pinned: eventCheck(['podId', 'uid', 'by']),
  unpinned: eventCheck(['podId', 'uid', 'by']),
  reaped: eventCheck(['users', 'by'], ['podId']),
};

/** An entry that a client writes to the journal. */
export function checkReportedEvent(value: unknown): void {
  const { type } = record(value, 'event') as Partial<ReportedEvent>;
  checkType(type);
  eventChecks[type!](value, 'event');
}
