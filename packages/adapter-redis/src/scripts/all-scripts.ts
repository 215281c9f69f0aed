import type { RedisClient } from '../client/redis-client.ts';
import { announceCaller } from './announce-caller.ts';
import { endQuarantine } from './end-quarantine.ts';
import { enterRoster } from './enter-roster.ts';
import { getFeedPosition } from './get-feed-position.ts';
import { getLinkedPod } from './get-linked-pod.ts';
import { getLink } from './get-link.ts';
import { getServiceState } from './get-service-state.ts';
import { getWorkloadState } from './get-workload-state.ts';
import { giveOrder } from './give-order.ts';
import { leaveRoster } from './leave-roster.ts';
import { markServiceState } from './mark-service-state.ts';
import { orderDone } from './order-done.ts';
import { quarantineUser } from './quarantine-user.ts';
import { registerService } from './register-service.ts';
import { removeLinkedPod } from './remove-linked-pod.ts';
import { removeServiceState } from './remove-service-state.ts';
import { removeTag } from './remove-tag.ts';
import { replaceLinkedPod } from './replace-linked-pod.ts';
import type { AnyScript } from './script.ts';
import { reportDead } from './report-dead.ts';
import { setFrozen } from './set-frozen.ts';
import { setLinkedPodIfAbsent } from './set-linked-pod-if-absent.ts';
import { setLinkedPod } from './set-linked-pod.ts';
import { setPin } from './set-pin.ts';
import { setPodIntent } from './set-pod-intent.ts';
import { setServiceState } from './set-service-state.ts';
import { setTag } from './set-tag.ts';
import { setWorkloadState } from './set-workload-state.ts';
import { takeOrder } from './take-order.ts';
import { trySetLinkedPod } from './try-set-linked-pod.ts';
import { unquarantineUser } from './unquarantine-user.ts';
import { writeJournal } from './write-journal.ts';

/** All scripts. */
export const allScripts: readonly AnyScript[] = [
  announceCaller,
  endQuarantine,
  enterRoster,
  getFeedPosition,
  getLinkedPod,
  getLink,
  getServiceState,
  getWorkloadState,
  giveOrder,
  leaveRoster,
  markServiceState,
  orderDone,
  quarantineUser,
  registerService,
  removeLinkedPod,
  removeServiceState,
  removeTag,
  replaceLinkedPod,
  reportDead,
  setFrozen,
  setLinkedPod,
  setLinkedPodIfAbsent,
  setPin,
  setPodIntent,
  setServiceState,
  setTag,
  setWorkloadState,
  takeOrder,
  trySetLinkedPod,
  unquarantineUser,
  writeJournal,
];

/**
 * Makes every script a command of the client, under a name that nobody else uses. The client then sends a script's text once
 * for each connection and its digest from then on, and the text again to a server that has lost it.
 */
export function defineScripts(client: RedisClient): void {
  for (const script of allScripts) defineScript(client, script);
}

/** As {@link defineScripts}, for one script. */
export function defineScript(client: RedisClient, { command, lua }: AnyScript): void {
  if (!(command in client)) client.defineCommand(command, { lua });
}
