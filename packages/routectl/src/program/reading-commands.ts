import type { JournalType } from '@stateful-route/core';
import { JOURNAL_TYPES } from '@stateful-route/core/adapter';
import { Argument, Command, Option } from 'commander';
import { awaitPod, type Condition, CONDITIONS } from '../commands/await.ts';
import { doctor } from '../commands/doctor.ts';
import { events } from '../commands/events.ts';
import { explain } from '../commands/explain.ts';
import { pod, pods } from '../commands/pods.ts';
import { status } from '../commands/status.ts';
import { type NamedPod, parsePod } from '../commands/target.ts';
import { users } from '../commands/users.ts';
import { verify } from '../commands/verify.ts';
import { where } from '../commands/where.ts';
import { type AddCommand, aPod, aUser, type Run, scanRate, timeout } from './arguments.ts';
import { journalTypes, positive } from './values.ts';

const EVENTS = 50;

interface EventsGiven {
  readonly follow: boolean;
  readonly type?: readonly JournalType[];
  readonly pod?: NamedPod;
  readonly user?: string;
  readonly limit: number;
}

/** Adds the commands that only read. */
export function addReadingCommands(add: AddCommand, run: Run): void {
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
}
