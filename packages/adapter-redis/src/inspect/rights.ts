import type { Finding, StoreCheck } from '@stateful-route/core/adapter';
import type { RedisClient } from '../client/redis-client.ts';
import { probeKey } from '../keys.ts';
import { list, text } from '../stored/replies.ts';
import { isDenied } from './inspect-error.ts';

type Probe = readonly [command: string, ...args: string[]];

const KEY = '{key}';

/** Commands that only read. They are sent as they are. */
const READS: readonly Probe[] = [
  ['GET', KEY],
  ['MGET', KEY],
  ['EXISTS', KEY],
  ['PTTL', KEY],
  ['HGET', KEY, 'field'],
  ['HGETALL', KEY],
  ['HKEYS', KEY],
  ['HLEN', KEY],
  ['HEXISTS', KEY, 'field'],
  ['HSCAN', KEY, '0'],
  ['LRANGE', KEY, '0', '-1'],
  ['ZCARD', KEY],
  ['ZCOUNT', KEY, '0', '1'],
  ['ZSCORE', KEY, 'member'],
  ['XLEN', KEY],
  ['XRANGE', KEY, '-', '+'],
  ['XREVRANGE', KEY, '+', '-'],
  ['TIME'],
  ['INFO', 'server'],
  ['SCAN', '0', 'COUNT', '1'],
];

/** Commands that write, in an order in which the last removes what the others left. */
const WRITES: readonly Probe[] = [
  ['SET', KEY, '1'],
  ['EXPIRE', KEY, '60'],
  ['PERSIST', KEY],
  ['EXPIRE', KEY, '60'],
  ['DEL', KEY],
  ['HSET', KEY, 'field', '1'],
  ['EXPIRE', KEY, '60'],
  ['HINCRBY', KEY, 'field', '1'],
  ['HDEL', KEY, 'field'],
  ['DEL', KEY],
  ['RPUSH', KEY, '1'],
  ['EXPIRE', KEY, '60'],
  ['LSET', KEY, '0', '2'],
  ['LREM', KEY, '0', '2'],
  ['DEL', KEY],
  ['ZADD', KEY, '1', 'member'],
  ['EXPIRE', KEY, '60'],
  ['ZREM', KEY, 'other'],
  ['ZREMRANGEBYSCORE', KEY, '-inf', '1'],
  ['DEL', KEY],
  ['XADD', KEY, '*', 'field', '1'],
  ['EXPIRE', KEY, '60'],
  ['PUBLISH', KEY, ''],
  ['DEL', KEY],
];

/** Runs the commands that it gets as JSON, and returns the errors, or '' for each that was run. */
const TRY_ALL = `
local refused = {}
for at, command in ipairs(cjson.decode(ARGV[1])) do
  local reply = redis.pcall(unpack(command))
  refused[at] = type(reply) == 'table' and reply.err or ''
end
return refused`;

/** Finds out which commands the servers refuse to the user that is logged in. */
export async function checkRights(
  client: RedisClient,
  namespace: string,
  rights: 'read' | 'all',
): Promise<StoreCheck> {
  const key = probeKey(namespace);
  const filled = (probe: Probe): string[] => probe.map((word) => (word === KEY ? key : word));
  const refusals = new Map<string, string>();
  const note = (probe: Probe, error: string): void => {
    if (isDenied(new Error(error))) refusals.set(probe[0].toLowerCase(), error);
  };
  for (const probe of READS) {
    const [command, ...args] = filled(probe) as [string, ...string[]];
    const error = await refusalOf(client.call(command, ...args));
    if (error !== undefined) note(probe, error);
  }
  // Readings are scripts, too.
  const probes = rights === 'all' ? WRITES : [];
  const script = client.call('EVAL', TRY_ALL, '1', key, JSON.stringify(probes.map(filled)));
  const noScripts = await refusalOf(script);
  if (noScripts !== undefined) note(['eval'], noScripts);
  else for (const [at, error] of list(await script).entries()) note(probes[at]!, text(error));
  return report(namespace, rights, refusals);
}

/** The error with which a server refuses; `undefined` if it does not. */
async function refusalOf(reply: Promise<unknown>): Promise<string | undefined> {
  try {
    await reply;
    return undefined;
  } catch (error) {
    if (isDenied(error)) return (error as Error).message;
    throw error;
  }
}

function report(
  namespace: string,
  rights: 'read' | 'all',
  refusals: ReadonlyMap<string, string>,
): StoreCheck {
  const findings: Finding[] = [];
  const subject = 'the user of this connection';
  const isOfKeys = (error: string): boolean => /access|channel/i.test(error);
  const commands = [...refusals].filter(([, error]) => !isOfKeys(error)).map(([command]) => command);
  if (commands.length > 0) {
    const problem = `may not run ${commands.join(', ')}`;
    findings.push({
      level: 'error',
      subject,
      problem,
      remedy: `grant ${commands.map((name) => `+${name}`).join(' ')}`,
    });
  }
  if (refusals.size > commands.length) {
    const problem = `may not use all keys and channels of the namespace ${namespace}`;
    findings.push({
      level: 'error',
      subject,
      problem,
      remedy: `grant ~sf:{${namespace}:* &sf:{${namespace}:*`,
    });
  }
  return { name: 'rights', detail: rights === 'all' ? 'to read and to write' : 'to read', findings };
}
