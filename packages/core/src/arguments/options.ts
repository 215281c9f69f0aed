import type {
  BatchGetLinkOptions,
  ByOptions,
  ClaimOptions,
  ClaimOwnerOptions,
  EnterRosterOptions,
  EpochOptions,
  LeaveRosterOptions,
  MarkServiceStateOptions,
  PlaceOptions,
  ReadJournalOptions,
  ReadRosterOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  ReportDeadOptions,
  SetLinkedPodOptions,
  SetPodIntentOptions,
  TakeOrderOptions,
  TrySetLinkedPodOptions,
} from '../domain/call-options.ts';
import { JOURNAL_TYPES } from '../domain/journal.ts';
import { REPLACE_REASONS } from '../domain/reason.ts';
import { checkBy } from './journal-checks.ts';
import {
  type Check,
  checkCount,
  checkDuration,
  checkFlag,
  checkIncarnation,
  checkInteger,
  checkKeepSeconds,
  checkPodId,
  checkRate,
  checkRequestedToken,
  checkToken,
  checkUid,
  checkWord,
} from './checks.ts';
import { invalidParameter } from './faults.ts';
import { callRules, type OptionRules, optionsCheck } from './option-rules.ts';

export const checkMarkStateOptions: Check = optionsCheck<MarkServiceStateOptions>(
  { ...callRules, incarnation: checkIncarnation, updateTime: checkCount },
  { required: ['incarnation', 'updateTime'] },
);

const byRules: OptionRules<ByOptions> = { ...callRules, by: checkBy };

export const checkRemoveStateOptions: Check = optionsCheck<RemoveServiceStateOptions>({
  ...byRules,
  incarnation: checkIncarnation,
  updateTime: checkCount,
});

export const checkReportDeadOptions: Check = optionsCheck<ReportDeadOptions>(
  { ...byRules, incarnation: checkIncarnation },
  { required: ['incarnation'] },
);

export const checkSetIntentOptions: Check = optionsCheck<SetPodIntentOptions>({
  ...byRules,
  ratePerSecond: checkRate,
});

const epochRules: OptionRules<EpochOptions> = { ...callRules, epoch: checkCount };
const claimRules: OptionRules<ClaimOptions> = { ...callRules, minToken: checkRequestedToken };
const ownerRules: OptionRules<ClaimOwnerOptions> = {
  ...claimRules,
  incarnation: checkIncarnation,
  leaseMs: checkDuration,
};

const placeRules: OptionRules<PlaceOptions> = { ...epochRules, despitePin: checkPodId };

/** Checks the options of a placement. */
export const checkPlaceOptions: Check = optionsCheck(placeRules);

/** Checks the options of a batch of links. */
export const checkBatchGetLinkOptions: Check = optionsCheck<BatchGetLinkOptions>({
  ...callRules,
  pins: checkFlag,
});

/** Checks who asks for something. */
export const checkByOptions: Check = optionsCheck(byRules);

/** Checks the options of a pod's own claim. */
export const checkClaimOptions: Check = optionsCheck(claimRules);

/** Checks the options of a forced link. */
export const checkSetOptions: Check = optionsCheck<SetLinkedPodOptions>({ ...ownerRules, by: checkBy });

export const checkTrySetOptions: Check = optionsCheck<TrySetLinkedPodOptions>(
  {
    ...ownerRules,
    ...placeRules,
    assertToken: checkRequestedToken,
    onlyIfNamed: checkFlag,
    onlyIfClaimed: checkFlag,
  },
  { excludes: { assertToken: 'minToken' } },
);

export const checkReplaceOptions: Check = optionsCheck<ReplaceLinkedPodOptions>({
  ...placeRules,
  ifToken: (value, parameter) => {
    if (value !== null) checkToken(value, parameter);
  },
  onlyIfTemporary: checkFlag,
  ownerDiedAt: checkCount,
  othersFell: checkCount,
  poison: (value) => checkWord(value, 'poison', ['quarantine', 'forgive']),
  why: (value) => checkWord(value, 'why', REPLACE_REASONS),
  by: checkBy,
  unservedMs: checkCount,
});

const removeRules: OptionRules<RemoveLinkedPodOptions> = { ...callRules, keepSeconds: checkKeepSeconds };

/** Checks the options of a removal or a release. */
export const checkRemoveOptions: Check = optionsCheck(removeRules);

export const checkRemoveWithIdOptions: Check = optionsCheck<RemoveLinkedPodWithIdOptions>(
  { ...removeRules, token: checkToken, onlyIfTemporary: checkFlag },
  { excludes: { onlyIfTemporary: 'token' } },
);

export const checkEnterRosterOptions: Check = optionsCheck<EnterRosterOptions>(
  { ...callRules, incarnation: checkIncarnation },
  { required: ['incarnation'] },
);

export const checkLeaveRosterOptions: Check = optionsCheck<LeaveRosterOptions>(
  { ...callRules, number: checkCount },
  { required: ['number'] },
);

const JOURNAL_ID = /^\d{1,16}-\d{1,16}$/;
const JOURNAL_PAGE_MAX = 1_000;

export const checkReadJournalOptions: Check = optionsCheck<ReadJournalOptions>({
  ...callRules,
  after: (value) => {
    if (typeof value !== 'string' || !JOURNAL_ID.test(value)) {
      throw invalidParameter('after', 'must be the `after` of a page');
    }
  },
  podId: checkPodId,
  uid: checkUid,
  types: (value) => {
    if (!Array.isArray(value)) throw invalidParameter('types', 'must be an array of types');
    for (const type of value as unknown[]) checkWord(type, 'types', JOURNAL_TYPES);
  },
  limit: (value) => checkInteger(value, 'limit', 1, JOURNAL_PAGE_MAX),
});

export const checkTakeOrderOptions: Check = optionsCheck<TakeOrderOptions>(
  { ...callRules, incarnation: checkIncarnation },
  { required: ['incarnation'] },
);

export const checkReadRosterOptions: Check = optionsCheck<ReadRosterOptions>({
  ...callRules,
  cursor: (value) => {
    if (typeof value !== 'string' || value === '') {
      throw invalidParameter('cursor', 'must be the cursor of the previous page');
    }
  },
});
