import type { JournalType } from '@stateful-route/core';
import { JOURNAL_TYPES } from '@stateful-route/core/adapter';
import { Argument, Command, Option } from 'commander';
import { awaitPod, type Condition, CONDITIONS } from '../commands/await.ts';
import { dead } from '../commands/dead.ts';
import { doctor } from '../commands/doctor.ts';
import { events } from '../commands/events.ts';
import { explain } from '../commands/explain.ts';
import { setIntent } from '../commands/intents.ts';
import { pod, pods } from '../commands/pods.ts';
import { reap } from '../commands/reap.ts';
import { status } from '../commands/status.ts';
import { type NamedPod, parsePod } from '../commands/target.ts';
import { kick, unlink } from '../commands/user-links.ts';
import { users } from '../commands/users.ts';
import { verify } from '../commands/verify.ts';
import { where } from '../commands/where.ts';
import type { Context } from '../run/context.ts';
import { durationMs, journalTypes, positive, rate } from './values.ts';

/** Runs a command with what all commands are given. */
export type Run = (command: Command, work: (context: Context) => Promise<void>) => Promise<void>;

/** The commands that only read. The others are refused with `--read-only`. */
export const READING: ReadonlySet<string> = new Set([
  'status',
  'pods',
  'pod',
  'users',
  'where',
  'explain',
  'events',
  'await',
  'doctor',
  'verify',
]);

const KEYS_PER_SECOND = 10_000;
const EVENTS = 50;

interface EventsGiven {
  readonly follow: boolean;
  readonly type?: readonly JournalType[];
  readonly pod?: NamedPod;
  readonly user?: string;
  readonly limit: number;
}

/** Adds every command to the program. */
export function addCommands(program: Command, run: Run): void {
  const add = (name: string, what: string, examples: readonly string[] = []): Command =>
    program
      .command(name)
      .description(what)
      .addHelpText(
        'after',
        examples.length === 0
          ? ''
          : `\nExamples:\n${examples.map((line) => `  routectl ${line}\n`).join('')}`,
      );
  const aPod = (): Argument =>
    new Argument('<pod>', 'an ordinal, or a name with one: 3, or room-3').argParser(parsePod);
  const aUser = (): Argument => new Argument('<user>', 'the uid');
  const scanRate = (): Option =>
    new Option('--rate <keys>', 'how many keys of the store are read a second')
      .argParser(positive)
      .default(KEYS_PER_SECOND);
  const timeout = (): Option =>
    new Option('--timeout <time>', 'how long to wait: 30s, 5m; default: as long as it takes').argParser(
      durationMs,
    );

  add('status', 'each service in a line, and what holds up decisions', ['status', 'status --json']).action(
    (_, command: Command) => run(command, status),
  );

  add('pods', 'the pods of a service', ['pods --service room', 'pods -w'])
    .option('-w, --watch', 'show changes until the command is interrupted', false)
    .action((options: { watch: boolean }, command: Command) =>
      run(command, (context) => pods(context, options)),
    );

  add('pod', 'all that is known of a pod', ['pod 3', 'pod room-3'])
    .addArgument(aPod())
    .action((named: NamedPod, _, command: Command) => run(command, (context) => pod(context, named)));

  add('users', 'the users that a pod has: by its roster, else by a scan of the store', [
    'users 3',
    'users 3 --json --rate 2000',
  ])
    .addArgument(aPod())
    .addOption(scanRate())
    .action((named: NamedPod, options: { rate: number }, command: Command) =>
      run(command, (context) => users(context, named, { keysPerSecond: options.rate })),
    );

  add('where', 'the pod that has a user, in each service', ['where ada', 'where ada --service room'])
    .addArgument(aUser())
    .action((uid: string, _, command: Command) => run(command, (context) => where(context, uid)));

  add('explain', 'why a user is at a pod, and what the next request would do', [
    'explain ada',
    'explain ada --not 3',
  ])
    .addArgument(aUser())
    .addOption(new Option('--not <pod>', 'a pod: what keeps the user from it').argParser(parsePod))
    .action((uid: string, options: { not?: NamedPod }, command: Command) =>
      run(command, (context) => explain(context, uid, options)),
    );

  add('events', 'what happened to a service, by its journal', [
    'events -f',
    'events --type intent,fenced --pod 3',
    'events --user ada --json',
  ])
    .option('-f, --follow', 'show what comes later, until the command is interrupted', false)
    .addOption(
      new Option('--type <types>', `only these: ${JOURNAL_TYPES.join(', ')}`).argParser(journalTypes),
    )
    .addOption(new Option('--pod <pod>', 'only what is about this pod').argParser(parsePod))
    .option('--user <uid>', 'only what is about this user')
    .addOption(new Option('--limit <n>', 'how many past entries').argParser(positive).default(EVENTS))
    .action((options: EventsGiven, command: Command) =>
      run(command, (context) =>
        events(context, { ...options, types: options.type, uid: options.user, limit: options.limit }),
      ),
    );

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

  add('await', 'wait until a pod is drained, or until nobody is left without a pod if it stops', [
    'await 3 drained --timeout 5m',
    'await 3 safe-to-stop --timeout 30s',
  ])
    .addArgument(aPod())
    .addArgument(new Argument('<condition>', 'what to wait for').choices(CONDITIONS))
    .addOption(timeout())
    .action((named: NamedPod, condition: Condition, options: { timeout?: number }, command: Command) =>
      run(command, (context) => awaitPod(context, named, condition, { timeoutMs: options.timeout })),
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

  add('doctor', 'check the store, the rights, all keys of the namespace, and the pods', [
    'doctor',
    'doctor --read-only --json',
  ])
    .addOption(scanRate())
    .action((options: { rate: number }, command: Command) =>
      run(command, (context) => doctor(context, { keysPerSecond: options.rate })),
    );

  add('verify', 'compare the users that pods publish with the claims that a scan finds', [
    'verify',
    'verify --service room --rate 2000',
  ])
    .addOption(scanRate())
    .action((options: { rate: number }, command: Command) =>
      run(command, (context) => verify(context, { keysPerSecond: options.rate })),
    );

  add('reap', 'show the claims of processes that are gone; with --apply, end them', ['reap', 'reap --apply'])
    .addOption(scanRate())
    .option('--apply', 'end them', false)
    .action((options: { rate: number; apply: boolean }, command: Command) =>
      run(command, (context) => reap(context, { keysPerSecond: options.rate, apply: options.apply })),
    );
}
