import { createHash } from 'node:crypto';
import { loadLua, loadWritingLua } from './load-lua.ts';

/** What a script is called with and answers: nobody but its descriptor sees positions and raw replies. */
export interface Script<Key extends string, Arg extends string, Reply> {
  /** The base name of its `.lua` file. */
  readonly name: string;
  /** The names of KEYS, in order; those of one item where the script reads many. */
  readonly keys: readonly Key[];
  /** The names of ARGV, in order. */
  readonly args: readonly Arg[];
  /** Whether it may change something. */
  readonly writes: boolean;
  /** Whether its reply begins with the server's time in ms. That of a script that writes always does, unseen by `decode`. */
  readonly tellsTime?: true;
  readonly lua: string;
  /** What the command is called on a client: never another text under the same name. */
  readonly command: string;
  /** Throws where the reply, or what the store holds, is not what it must be. */
  decode(reply: unknown): Reply;
}

/** A script that reads any number of items, and replies with one element for each. */
export interface ReadManyScript<Key extends string, Arg extends string, Reply> extends Script<
  Key,
  Arg,
  Reply
> {
  readonly many: true;
}

type Definition<Key extends string, Arg extends string, Reply> = Omit<
  Script<Key, Arg, Reply>,
  'lua' | 'command'
>;

/** A value of ARGV. `undefined` is sent as empty, a boolean as 0 or 1. */
export type ScriptValue = string | number | boolean | undefined;

/** A script by its descriptor and its `.lua` file. */
export function defineScript<const Key extends string, const Arg extends string, Reply>(
  definition: Definition<Key, Arg, Reply>,
): Script<Key, Arg, Reply> {
  const lua = definition.writes ? loadWritingLua(definition.name) : loadLua(definition.name);
  const digest = createHash('sha1').update(lua).digest('hex').slice(0, 10);
  return { ...definition, lua, command: `stateful-route:${definition.name}:${digest}` };
}

/** As {@link defineScript}, for a script that reads many; `decode` takes one element of the reply. */
export function defineReadManyScript<const Key extends string, const Arg extends string, Reply>(
  definition: Omit<Definition<Key, Arg, Reply>, 'writes'>,
): ReadManyScript<Key, Arg, Reply> {
  return { ...defineScript({ ...definition, writes: false }), many: true };
}

/** The arguments of one invocation: the number of keys, the keys of all items, and ARGV. */
export function invocation<Key extends string, Arg extends string>(
  script: Script<Key, Arg, unknown>,
  items: readonly Readonly<Record<Key, string>>[],
  args: Readonly<Record<Arg, ScriptValue>>,
): string[] {
  const keys = items.flatMap((item) => script.keys.map((name) => item[name]));
  return [String(keys.length), ...keys, ...script.args.map((name) => spelled(args[name]))];
}

function spelled(value: ScriptValue): string {
  if (value === undefined) return '';
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}
