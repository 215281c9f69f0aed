import { Command, Option } from 'commander';
import { dead } from '../commands/dead.ts';
import { setIntent } from '../commands/intents.ts';
import { move } from '../commands/move.ts';
import { reap } from '../commands/reap.ts';
import type { NamedPod } from '../commands/target.ts';
import { kick, unlink } from '../commands/user-links.ts';
import { type AddCommand, aPod, aUser, type Run, scanRate, timeout } from './arguments.ts';
import { durationMs, rate } from './values.ts';

const MOVE_MS = 60_000;
const MOVE_STATUS = `
Exit status:
  0  the user has moved, or was there already; with --no-wait: the pod is told
  1  the user is still there, as the state could not be saved, or the pod ended in the middle
  4  there is no such pod or link, or the pod does not hold the user any more
  6  the pod has not begun in time
  7  refused by --read-only, or by a pod: the one cannot hand users over, or the other takes none`;

/** Adds the commands that change something. They are refused with `--read-only`. */
export function addSteeringCommands(add: AddCommand, run: Run): void {
  add('cordon', 'let a pod take no new users; it keeps those it has', ['cordon 3'])
    .addArgument(aPod())
    .action((named: NamedPod, _, command: Command) =>
      run(command, (context) => setIntent(context, named, 'cordon')),
    );

  add('uncordon', 'let a pod take new users again', ['uncordon 3'])
    .addArgument(aPod())
    .action((named: NamedPod, _, command: Command) =>
      run(command, (context) => setIntent(context, named, 'resume')),
    );

  add('drain', 'let a pod hand its users over; it takes no new ones', [
    'drain 3 --wait',
    'drain 3 --rate 20 --wait --timeout 10m',
  ])
    .addArgument(aPod())
    .addOption(new Option('--rate <users>', 'how many users are handed over a second').argParser(rate))
    .option('--wait', 'wait until the pod holds nobody', false)
    .addOption(timeout())
    .action(
      (named: NamedPod, options: { rate?: number; wait: boolean; timeout?: number }, command: Command) =>
        run(command, (context) =>
          setIntent(context, named, 'drain', {
            ratePerSecond: options.rate,
            wait: options.wait,
            timeoutMs: options.timeout,
          }),
        ),
    );

  add('move', 'move a user to a pod: the one who has the user saves, and hands the user over', [
    'move ada 2',
    'move ada room-2 --timeout 5m --as carol',
  ])
    .addArgument(aUser())
    .addArgument(aPod())
    .addOption(
      new Option('--timeout <time>', 'how long the pod that has the user may take to begin')
        .argParser(durationMs)
        .default(MOVE_MS, '1m'),
    )
    .option('--no-wait', 'end when the pod is told, not when the user has moved')
    .addHelpText('after', MOVE_STATUS)
    .action((uid: string, named: NamedPod, options: { timeout: number; wait: boolean }, command: Command) =>
      run(command, (context) =>
        move(context, uid, named, { timeoutMs: options.timeout, wait: options.wait }),
      ),
    );

  add('unlink', "remove a user's temporary link, so that the next request places the user anew", [
    'unlink ada',
  ])
    .addArgument(aUser())
    .action((uid: string, _, command: Command) => run(command, (context) => unlink(context, uid)));

  add('kick', "end a user's claim; the owner is told, and stops serving the user", ['kick ada'])
    .addArgument(aUser())
    .action((uid: string, _, command: Command) => run(command, (context) => kick(context, uid)));

  add('dead', "say that a pod's process is gone for certain: its users are placed elsewhere at once", [
    'dead 3 --incarnation 1764240000000.Vw3k_9QhT-0a.0',
  ])
    .addArgument(aPod())
    .requiredOption('--incarnation <id>', 'the process, as `routectl pod` shows it')
    .option('-y, --yes', 'do not ask', false)
    .action((named: NamedPod, options: { incarnation: string; yes: boolean }, command: Command) =>
      run(command, (context) => dead(context, named, options)),
    );

  add('reap', 'show the claims of processes that are gone; with --apply, end them', ['reap', 'reap --apply'])
    .addOption(scanRate())
    .option('--apply', 'end them', false)
    .action((options: { rate: number; apply: boolean }, command: Command) =>
      run(command, (context) => reap(context, { keysPerSecond: options.rate, apply: options.apply })),
    );
}
