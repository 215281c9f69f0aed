import type { ClaimOptions } from '../drivers/server-driver.ts';
import type { CallOptions } from '../domain/call-options.ts';
import type {
  ClaimOwnerOptions,
  EpochOptions,
  MarkServiceStateOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  TrySetLinkedPodOptions,
} from '../ports/stateful-executor.ts';
import type { EnterRosterOptions, LeaveRosterOptions, ReadRosterOptions } from '../domain/roster.ts';
import { checkFlag, checkSignal, invalidParameter } from './names.ts';
import { type Check, type OptionRules, optionsCheck } from './option-rules.ts';
import { checkIncarnation } from './reports.ts';
import { checkAskedToken, checkCount, checkDuration, checkKeepSeconds, checkToken } from './times.ts';

/** What every call takes. */
export const callRules: OptionRules<CallOptions> = { signal: checkSignal, timeoutMs: checkDuration };

/** The options of a call that takes no others. */
export const checkCallOptions: Check = optionsCheck(callRules);

/** The deadline and signal of a call, whatever other options it takes. */
export function checkCallBounds(value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('options', 'must be an object');
  }
  const { timeoutMs, signal } = value as { readonly timeoutMs?: unknown; readonly signal?: unknown };
  checkCallOptions({ timeoutMs, signal });
}

/** The options of `markServiceState`. */
export const checkMarkStateOptions: Check = optionsCheck<MarkServiceStateOptions>(
  { ...callRules, incarnation: checkIncarnation, updateTime: checkCount },
  { required: ['incarnation', 'updateTime'] },
);

/** The options of `removeServiceState`. */
export const checkRemoveStateOptions: Check = optionsCheck<RemoveServiceStateOptions>({
  ...callRules,
  incarnation: checkIncarnation,
  updateTime: checkCount,
});

const ownerRules: OptionRules<ClaimOwnerOptions> = {
  ...callRules,
  incarnation: checkIncarnation,
  leaseMs: checkDuration,
  minToken: checkAskedToken,
};
const epochRules: OptionRules<EpochOptions> = { ...callRules, epoch: checkCount };

/** The options of `setLinkedPod`. */
export const checkOwnerOptions: Check = optionsCheck(ownerRules);

/** The options of a placement. */
export const checkEpochOptions: Check = optionsCheck(epochRules);

/** The options of `trySetLinkedPod`. */
export const checkTrySetOptions: Check = optionsCheck<TrySetLinkedPodOptions>(
  {
    ...ownerRules,
    ...epochRules,
    assertToken: checkAskedToken,
    onlyIfNamed: checkFlag,
    onlyIfClaimed: checkFlag,
  },
  {
    together: ({ minToken, assertToken }) => {
      if (minToken !== undefined && assertToken !== undefined) {
        throw invalidParameter('assertToken', 'excludes minToken');
      }
    },
  },
);

/** The options of `replaceLinkedPod`. */
export const checkReplaceOptions: Check = optionsCheck<ReplaceLinkedPodOptions>({
  ...epochRules,
  ifToken: (value, parameter) => {
    if (value !== null) checkToken(value, parameter);
  },
  onlyIfTemporary: checkFlag,
});

const removeRules: OptionRules<RemoveLinkedPodOptions> = { ...callRules, keepSeconds: checkKeepSeconds };

/** The options of `removeLinkedPod`, and of `release`. */
export const checkRemoveOptions: Check = optionsCheck(removeRules);

/** The options of `removeLinkedPodWithId`. */
export const checkRemoveWithIdOptions: Check = optionsCheck<RemoveLinkedPodWithIdOptions>(
  { ...removeRules, token: checkToken, onlyIfTemporary: checkFlag },
  {
    together: ({ token, onlyIfTemporary }) => {
      if (token !== undefined && onlyIfTemporary === true) {
        throw invalidParameter('onlyIfTemporary', 'excludes token');
      }
    },
  },
);

/** The options of a pod's own claim. */
export const checkClaimOptions: Check = optionsCheck<ClaimOptions>({
  ...callRules,
  minToken: checkAskedToken,
});

/** The options of `enterRoster`. */
export const checkEnterRosterOptions: Check = optionsCheck<EnterRosterOptions>(
  { ...callRules, incarnation: checkIncarnation },
  { required: ['incarnation'] },
);

/** The options of `leaveRoster`. */
export const checkLeaveRosterOptions: Check = optionsCheck<LeaveRosterOptions>(
  { ...callRules, number: checkCount },
  { required: ['number'] },
);

/** The options of `readRoster`. */
export const checkReadRosterOptions: Check = optionsCheck<ReadRosterOptions>({
  ...callRules,
  cursor: (value) => {
    if (typeof value !== 'string' || value === '') {
      throw invalidParameter('cursor', 'must be the cursor of the page before');
    }
  },
});
