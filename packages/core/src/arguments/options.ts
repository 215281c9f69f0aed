import type {
  ClaimOptions,
  ClaimOwnerOptions,
  EnterRosterOptions,
  EpochOptions,
  LeaveRosterOptions,
  MarkServiceStateOptions,
  ReadRosterOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  ReportDeadOptions,
  SetPodIntentOptions,
  TrySetLinkedPodOptions,
} from '../domain/call-options.ts';
import {
  type Check,
  checkCount,
  checkDuration,
  checkFlag,
  checkIncarnation,
  checkKeepSeconds,
  checkRate,
  checkRequestedToken,
  checkToken,
} from './checks.ts';
import { invalidParameter } from './faults.ts';
import { callRules, type OptionRules, optionsCheck } from './option-rules.ts';

export const checkMarkStateOptions: Check = optionsCheck<MarkServiceStateOptions>(
  { ...callRules, incarnation: checkIncarnation, updateTime: checkCount },
  { required: ['incarnation', 'updateTime'] },
);

export const checkRemoveStateOptions: Check = optionsCheck<RemoveServiceStateOptions>({
  ...callRules,
  incarnation: checkIncarnation,
  updateTime: checkCount,
});

export const checkReportDeadOptions: Check = optionsCheck<ReportDeadOptions>(
  { ...callRules, incarnation: checkIncarnation },
  { required: ['incarnation'] },
);

export const checkSetIntentOptions: Check = optionsCheck<SetPodIntentOptions>({
  ...callRules,
  ratePerSecond: checkRate,
});

const epochRules: OptionRules<EpochOptions> = { ...callRules, epoch: checkCount };
const claimRules: OptionRules<ClaimOptions> = { ...callRules, minToken: checkRequestedToken };
const ownerRules: OptionRules<ClaimOwnerOptions> = {
  ...claimRules,
  incarnation: checkIncarnation,
  leaseMs: checkDuration,
};

/** Checks the options of a placement. */
export const checkEpochOptions: Check = optionsCheck(epochRules);

/** Checks the options of a pod's own claim. */
export const checkClaimOptions: Check = optionsCheck(claimRules);

/** Checks the options of a forced link. */
export const checkOwnerOptions: Check = optionsCheck(ownerRules);

export const checkTrySetOptions: Check = optionsCheck<TrySetLinkedPodOptions>(
  {
    ...ownerRules,
    ...epochRules,
    assertToken: checkRequestedToken,
    onlyIfNamed: checkFlag,
    onlyIfClaimed: checkFlag,
  },
  { excludes: { assertToken: 'minToken' } },
);

export const checkReplaceOptions: Check = optionsCheck<ReplaceLinkedPodOptions>({
  ...epochRules,
  ifToken: (value, parameter) => {
    if (value !== null) checkToken(value, parameter);
  },
  onlyIfTemporary: checkFlag,
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

export const checkReadRosterOptions: Check = optionsCheck<ReadRosterOptions>({
  ...callRules,
  cursor: (value) => {
    if (typeof value !== 'string' || value === '') {
      throw invalidParameter('cursor', 'must be the cursor of the previous page');
    }
  },
});
