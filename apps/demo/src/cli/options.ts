import { strategies, type StrategyName } from '@stateful-route/core';
import {
  Command,
  Option,
  type Output,
  readCommandLine,
  redisUrl,
  seedOption,
  wholeNumber,
} from '@stateful-route/lab/command-line';

/** The options of a run. */
export interface DemoOptions {
  readonly pods: number;
  readonly gateways: number;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly json: boolean;
  /** The pod that dies. */
  readonly kill?: number | undefined;
  /** The pod that is drained. */
  readonly drain?: number | undefined;
  /** The web-server log to replay; without it the demo makes up its users. */
  readonly log?: string | undefined;
  /** The Redis that holds the directory; without it all is in one process. */
  readonly redis?: string | undefined;
  /** Users send requests until a signal comes, to pods that stay up. */
  readonly stay: boolean;
  /** How many pods are added to the running fleet, which then evens out. */
  readonly scaleOut?: number | undefined;
  /** The same in memory too, with a console to look at it. */
  readonly serve: boolean;
  /** The port of the console. */
  readonly port: number;
}

const PODS_MAX = 100;
/** With Redis each pod is a process. */
const PROCESSES_MAX = 50;
const GATEWAYS_MAX = 100;
const PORT_MAX = 65_535;

/**
 * Reads the command line.
 *
 * @throws commander's `CommanderError`, after it wrote the help, or one line that says what is wrong.
 */
export function parseOptions(args: readonly string[], output: Output): DemoOptions {
  const command = new Command('demo')
    .description('Routes users to the pods that hold them, while one pod is drained and another one dies.')
    .option('--pods <n>', 'how many pods', wholeNumber(1, PODS_MAX), 5)
    .option('--gateways <n>', 'how many gateways', wholeNumber(1, GATEWAYS_MAX), 2)
    .option('--kill <pod>', 'the pod that dies', wholeNumber(0, PODS_MAX - 1))
    .option('--drain <pod>', 'the pod that is drained', wholeNumber(0, PODS_MAX - 1))
    .addOption(
      new Option('--strategy <name>', 'how pods for new users are picked')
        .choices(Object.keys(strategies))
        .default('power-of-two'),
    )
    .addOption(seedOption())
    .option('--log <file>', 'replay a web-server log in Common or Combined Log Format')
    .option('--redis <url>', 'keep the directory in this Redis, and run every pod as a process', redisUrl)
    .option('--stay', 'stay up, with live traffic and no incidents, until a signal comes', false)
    .option(
      '--scale-out <n>',
      'add so many pods under traffic, and go on until the fleet is even',
      wholeNumber(1, PROCESSES_MAX),
    )
    .option('--serve', 'the same, also without --redis, and serve the console to look and to act', false)
    .option(
      '--port <n>',
      'the port of the console on 127.0.0.1; 0 takes a free one',
      wholeNumber(0, PORT_MAX),
      8_080,
    );
  const options = readCommandLine(command, args, output).opts<DemoOptions>();
  const problem = contradiction(options);
  if (problem) command.error(`error: ${problem}`);
  return withStory(options);
}

/** What is wrong between options that are each right by themselves. */
function contradiction(options: DemoOptions): string | undefined {
  const { pods, kill, drain, log, redis, stay, serve, json, scaleOut } = options;
  const staysUp = stay || serve;
  if (stay && redis === undefined) return '--stay needs --redis.';
  if (serve && json) return '--serve goes without --json: what it prints is for people.';
  if (scaleOut !== undefined) {
    if (redis === undefined) return '--scale-out needs --redis.';
    if (staysUp || (kill ?? drain) !== undefined)
      return '--scale-out goes without --stay, --serve, --kill and --drain.';
  }
  if (staysUp && (log ?? kill ?? drain) !== undefined) {
    return '--stay and --serve go without --log, --kill and --drain: users come until the end, and you do the rest.';
  }
  const processes = pods + (scaleOut ?? 0);
  if (redis !== undefined && processes > PROCESSES_MAX) {
    return `${processes} pods with --redis: every pod is a process, at most ${PROCESSES_MAX} are started.`;
  }
  for (const [flag, pod] of [
    ['--kill', kill],
    ['--drain', drain],
  ] as const) {
    if (pod !== undefined && pod >= pods) {
      return `${flag} ${pod}: there is no such pod. With --pods ${pods} they are 0 to ${pods - 1}.`;
    }
  }
  const leaving = new Set([kill, drain].filter((pod) => pod !== undefined)).size;
  if (leaving === pods) return `--kill and --drain leave none of ${pods} pods to serve. Ask for more --pods.`;
  return undefined;
}

/** Without a log and incidents, one pod is drained and another one dies. */
function withStory(options: DemoOptions): DemoOptions {
  const { pods, log, kill, drain, stay, serve, scaleOut } = options;
  const isTold = [scaleOut, log, kill, drain].some((given) => given !== undefined);
  if (stay || serve || isTold) return options;
  return { ...options, drain: pods > 1 ? 1 : undefined, kill: pods > 2 ? 2 : undefined };
}
