import type { Mutant } from './mutant.ts';

const heal = 'driver/src/pod/claims/heal.ts';
const store = 'driver/src/pod/claims/claim-store.ts';
const incarnations = 'driver/src/pod/life/incarnations.ts';
const fence = 'driver/src/pod/life/fence.ts';
const drain = 'driver/src/pod/pod-drain.ts';
const pool = 'driver/src/pod/claims/hand-off-pool.ts';

/** Broken rules of a pod: incarnations, claims, hand-offs, stop. */
export const podMutants: readonly Mutant[] = [
  {
    name: 'failed-but-serving',
    broken: 'a pod whose application set FAILED or TERMINATING reports it and still serves',
    patches: [
      {
        file: incarnations,
        find: 'this.#displaced || this.#parts.status.hasEnded ||',
        replace: 'this.#displaced ||',
      },
      {
        file: incarnations,
        find: '    if (status.hasEnded) {\n      this.#fence?.raise();',
        replace: '    if (status.hasEnded) {',
      },
      {
        file: incarnations,
        find: 'if (this.#parts.status.hasEnded) await this.stateChanged().catch(() => {});',
        replace: '',
      },
    ],
  },
  {
    name: 'fence-after-the-lease',
    broken: 'a pod fences itself when its lease is over, not a margin before',
    patches: [
      {
        file: incarnations,
        find: 'this.#leaseMs - config.fenceMarginMs',
        replace: 'this.#leaseMs + config.fenceMarginMs',
      },
    ],
  },
  {
    name: 'fence-from-the-reply',
    broken: "a fence counts from a heartbeat's reply, not from before it was sent",
    theme: 'late replies before a silence',
    patches: [
      {
        file: fence,
        find: 'this.#renewedAt = sentAt;',
        replace: 'this.#renewedAt = this.#clock.monotonic();',
      },
    ],
  },
  {
    name: 'fence-by-timer-alone',
    broken: 'after a pause a pod serves until the timer of its fence fires',
    patches: [
      {
        file: fence,
        find: 'if (!this.#isUp && this.#renewedAt !== undefined && this.remainingMs() <= 0) this.raise();',
        replace: '',
      },
    ],
  },
  {
    name: 'displaced-goes-on',
    broken: 'a displaced process still serves',
    patches: [
      {
        file: incarnations,
        find: '    this.#displaced = true;\n    this.stopServing(this.fencedError());',
        replace: '',
      },
      {
        file: incarnations,
        find: "if (!isRouteError(error, 'FENCED') || error.met === undefined) return false;",
        replace: "if (!isRouteError(error, 'FENCED') || error.met !== undefined) return false;",
      },
    ],
  },
  {
    name: 'late-claims',
    broken: "a claim may act after its pod's fence",
    theme: 'claims held past the fence',
    patches: [
      {
        file: store,
        find: 'return Math.max(1, Math.min(leftMs, this.#parts.incarnations.servingMs()));',
        replace: 'return Math.max(1, leftMs);',
      },
    ],
  },
  {
    name: 'refusal-removes-claims',
    broken: 'a refusal also removes a claim of the ordinal',
    theme: 'refused while held',
    patches: [
      { file: store, find: '      onlyIfTemporary: true,\n', replace: '' },
      {
        file: 'driver/src/pod/pod-links.ts',
        find: "    if (run.registry.life(uid).state.at !== 'none') return false;\n",
        replace: '',
      },
    ],
  },
  {
    name: 'own-by-life',
    broken: 'a claim of an earlier incarnation of the same run counts as foreign',
    patches: [
      {
        file: store,
        find: 'isSameRun(link.incarnation, incarnations.incarnation)',
        replace: '(isSameRun(link.incarnation, "") || link.incarnation === incarnations.incarnation)',
      },
    ],
  },
  {
    name: 'temporary-is-lost',
    broken: 'a self-heal pass gives up users with a temporary link',
    patches: [
      {
        file: heal,
        find: '    if ((!link || !link.permanent) && (await this.#assert(claim))) return;',
        replace: '    if (!link && (await this.#assert(claim))) return;',
      },
    ],
  },
  {
    name: 'missing-is-lost',
    broken: 'a pod that returns gives up users without a link',
    patches: [
      {
        file: heal,
        find: 'const isAbsent = !link || !link.permanent;',
        replace: 'const isAbsent = link && !link.permanent;',
      },
      {
        file: heal,
        find: 'if (!isAbsent && !store.isOwn(link)) {',
        replace: 'if (!isAbsent && (!link || !store.isOwn(link))) {',
      },
    ],
  },
  {
    name: 'no-pass-over-the-claims',
    broken: 'there is no self-heal pass in the background',
    patches: [
      {
        file: heal,
        find: '  begin(): void {\n    this.#schedule(this.#parts.periodMs);',
        replace: '  begin(): void {\n    this.#schedule(1e9);',
      },
      { file: heal, find: '    let nextMs = this.#parts.periodMs;', replace: '    let nextMs = 1e9;' },
    ],
  },
  {
    name: 'lost-move-is-none',
    broken: 'a move whose reply is lost counts as failed',
    theme: 'lost answers of moves',
    patches: [
      {
        file: pool,
        find: "        registry.apply(uid, { type: 'unknown', op });\n",
        replace: "        registry.apply(uid, { type: 'failed', op });\n        return false;\n",
      },
    ],
  },
  {
    name: 'two-saves-at-a-time',
    broken: 'a save begins while an earlier one of the same user runs',
    theme: 'saves that outlast a hand-off',
    patches: [
      {
        file: 'driver/src/pod/claims/saves.ts',
        find: '    await this.#running.get(user.uid);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'moved-user-is-won-back',
    broken: 'a pod that handed a user over claims the user for a caller that remembers the old link',
    theme: 'hand-over under traffic',
    patches: [
      {
        file: 'driver/src/pod/claims/pod-claims.ts',
        find: 'return moved.has(uid) ?',
        replace: 'return moved.has(`${uid} `) ?',
      },
    ],
  },
  {
    name: 'endless-save',
    broken: 'a save has no timeout',
    patches: [
      {
        file: 'driver/src/pod/claims/saves.ts',
        find: 'const late = pause(this.#clock, user.timeoutMs, over.signal)',
        replace: 'const late = pause(this.#clock, user.timeoutMs + 1e9, over.signal)',
      },
    ],
  },
  {
    name: 'unsaved-without-a-target',
    broken: 'a pod that stops saves nobody if there is no other pod',
    patches: [
      {
        file: pool,
        find: 'if (to === undefined && !(demand.lastCall && isHeld)) return;',
        replace: 'if (to === undefined) return;',
      },
      {
        file: drain,
        find: "      for (const { uid } of run.registry.claimsIn('held', 'raising')) unsaved.add(uid);",
        replace: '',
      },
    ],
  },
  {
    name: 'stop-overruns',
    broken: 'a pod that stops waits for a hanging store without a limit',
    patches: [
      {
        file: 'driver/src/pod/stop.ts',
        find: 'Math.max(1, Math.min(config.timeoutMs, leftMs(0)))',
        replace: '3 * config.drainTimeoutMs',
      },
    ],
  },
  {
    name: 'refusing-after-a-restart',
    broken: 'a pod that was stopped refuses new users after its next start',
    patches: [
      {
        file: 'driver/src/pod/server-driver.ts',
        find: "    // A drain's refusal ends with the run. What the application set stays for the next start.\n    this.#status.refusals.clear();",
        replace: '',
      },
    ],
  },
  {
    name: 'stop-removes-first',
    broken: 'a pod that stops removes its claims before its users are handed off',
    patches: [
      {
        file: 'driver/src/pod/stop.ts',
        find: '  const report =\n',
        replace:
          "  for (const { uid, token } of run.registry.claimsIn('held'))\n    void run.ends.removeClaim(uid, token).catch(() => {});\n  const report =\n",
      },
    ],
  },
  {
    name: 'roster-is-not-read',
    broken: 'a restarted pod ignores the users who wait for its ordinal',
    theme: 'stopped after a restart',
    patches: [
      {
        file: 'driver/src/pod/pod-run.ts',
        find: 'const entries = await roster.read(signal);',
        replace: 'const entries = (await roster.read(signal)).slice(0, 0);',
      },
    ],
  },
  {
    name: 'intent-of-one-life',
    broken: "an operator's intent is forgotten with the incarnation",
    theme: 'resumed while fenced',
    patches: [
      {
        file: 'driver/src/pod/pod-run.ts',
        find: "        this.registry.applyToAll({ type: 'fence' });\n",
        replace:
          "        this.registry.applyToAll({ type: 'fence' });\n        this.#subscriptions.forget();\n",
      },
      {
        file: 'driver/src/pod/pod-subscriptions.ts',
        find: '  async close(): Promise<void> {',
        replace: '  forget(): void {\n    this.#intent = undefined;\n  }\n\n  async close(): Promise<void> {',
      },
    ],
  },
  {
    name: 'release-is-tried-once',
    broken: 'a failed removal is not retried',
    patches: [
      {
        file: 'driver/src/pod/claims/claim-ends.ts',
        find: '      if (ended.aborted) return false;\n',
        replace: '      if (!ended.aborted || call) return false;\n',
      },
    ],
  },
];
