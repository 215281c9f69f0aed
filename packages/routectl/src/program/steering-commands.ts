import { Argument, Command, Option } from 'commander';
import { dead } from '../commands/dead.ts';
import { setFrozen } from '../commands/freeze.ts';
import { setIntent } from '../commands/intents.ts';
import { move } from '../commands/move.ts';
import { unquarantine } from '../commands/unquarantine.ts';
import { pin } from '../commands/pin.ts';
import { reap } from '../commands/reap.ts';
import { rebalance } from '../commands/rebalance.ts';
import { scaleIn } from '../commands/scale-in.ts';
import type { NamedPod } from '../commands/target.ts';
import { kick, unlink } from '../commands/user-links.ts';
import { type AddCommand, aPod, aUser, type Run, scanRate, timeout } from './arguments.ts';
import { durationMs, positive, rate } from './values.ts';

const MOVE_MS = 60_000;
const MOVE_STATUS = `
Exit status:
  0  the user has moved, or was there already; with --no-wait: the pod is told
  1  the user is still there, as the state could not be saved, or the pod ended in the middle
  4  there is no such pod or link, or the pod does not hold the user any more
  6  the pod has not begun in time
  7  refused by --read-only, or by a pod: the one cannot hand users over, or the other takes none`;

interface ScaleInGiven {
  readonly dryRun: boolean;
  readonly wait: boolean;
  readonly rate?: number;
  readonly timeout?: number;
}

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

  add('pin', 'place a user on a pod from the next placement on, while that pod takes users', ['pin ada 2'])
    .addArgument(aUser())
    .addArgument(aPod())
    .action((uid: string, named: NamedPod, _, command: Command) =>
      run(command, (context) => pin(context, uid, named)),
    );

  add('unpin', "remove a user's pin", ['unpin ada'])
    .addArgument(aUser())
    .action((uid: string, _, command: Command) => run(command, (context) => pin(context, uid)));

  add('unquarantine', 'place a user again who was quarantined, as pods died that had opened him', [
    'unquarantine ada',
  ])
    .addArgument(aUser())
    .action((uid: string, _, command: Command) => run(command, (context) => unquarantine(context, uid)));

  add('freeze', 'stop the evening out of the pods; placements, drains and orders go on', [
    'freeze --service room --as carol',
  ]).action((_, command: Command) => run(command, (context) => setFrozen(context, true)));

  add('unfreeze', 'let the evening out of the pods go on', ['unfreeze --service room']).action(
    (_, command: Command) => run(command, (context) => setFrozen(context, false)),
  );

  add('rebalance', 'have the pods hand users over until they are near to even, once', [
    'rebalance --dry-run',
    'rebalance --rate 5 --as carol',
  ])
    .option('--dry-run', 'only show which users would be moved, and what holds it up', false)
    .addOption(
      new Option('--rate <users>', 'how many users are moved a second; default: as the pods do it').argParser(
        rate,
      ),
    )
    .action((options: { dryRun: boolean; rate?: number }, command: Command) =>
      run(command, (context) => rebalance(context, { dryRun: options.dryRun, ratePerSecond: options.rate })),
    );

  add(
    'scale-in',
    'have the pods with the highest ordinals hand their users over, so that they can be removed',
    ['scale-in 2 --dry-run', 'scale-in 2 --wait --rate 20 --timeout 30m'],
  )
    .addArgument(new Argument('<n>', 'how many pods go').argParser(positive))
    .option(
      '--dry-run',
      'only show which pods go, where their users go, and whether the others can carry them',
      false,
    )
    .option('--wait', 'wait until the pods hold nobody', false)
    .addOption(
      new Option(
        '--rate <users>',
        'how many users are moved a second, from all pods together; default: 5 % of the users a minute',
      ).argParser(rate),
    )
    .addOption(timeout())
    .action((count: number, options: ScaleInGiven, command: Command) =>
      run(command, (context) =>
        scaleIn(context, count, { ...options, ratePerSecond: options.rate, timeoutMs: options.timeout }),
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
