import {
  Argument,
  Command,
  Option,
  type Output,
  readCommandLine,
  redisUrl,
  wholeNumber,
} from '@stateful-route/lab/command-line';

/** The kinds of calls that can be profiled. */
const KINDS = ['look-ups', 'placements', 'claims'] as const;

/** What the command line of `pnpm profile` asks for. */
export interface ProfileOptions {
  readonly calls: (typeof KINDS)[number];
  readonly side: string;
  readonly inFlight: number;
  readonly seconds: number;
  readonly top: number;
  readonly cluster: boolean;
  readonly url?: string | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** Reads the command line. @throws as `parseOptions`. */
export function parseProfileOptions(args: readonly string[], output: Output): ProfileOptions {
  const command = new Command('profile')
    .description(
      'Shows what one side of a benchmark costs a call: processor time of the caller and of the servers.',
    )
    .addArgument(new Argument('<calls>', 'the kind of calls').choices(KINDS))
    .option(
      '--side <name>',
      'whose calls: ours, raw, auto-pipelined; of placements also adapter, naive',
      'ours',
    )
    .option('--in-flight <n>', 'the number of calls in flight', wholeNumber(1, 100_000), 512)
    .option('--seconds <n>', 'how long the profile is taken', wholeNumber(1, 600), 4)
    .option('--top <n>', 'so many functions are shown', wholeNumber(1, 1_000), 30)
    .option('--out <file>', 'write the whole profile, for Chrome DevTools')
    .addOption(new Option('--url <url>', 'the Redis (default: starts a redis-server)').argParser(redisUrl))
    .addOption(new Option('--cluster', 'on a Cluster of three masters').default(false).conflicts('url'));
  const read = readCommandLine(command, args, output);
  return { ...read.opts<Omit<ProfileOptions, 'calls'>>(), calls: read.args[0] as ProfileOptions['calls'] };
}
