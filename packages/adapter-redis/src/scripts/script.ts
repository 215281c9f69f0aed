import { createHash } from 'node:crypto';
import { loadItemLua, loadLua, loadWritingLua } from './load-lua.ts';

/** What a script is called with and answers: nobody but its descriptor sees positions and raw replies. */
export interface Script<Key extends string, Arg extends string, Reply> {
  /** The base name of its `.lua` file. */
  readonly name: string;
  /** The names of KEYS, in order; those of one item where the script is about many. */
  readonly keys: readonly Key[];
  /** The names of ARGV, in order; those of one item where the script is about many. */
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

/** A script about any number of items, each with keys and arguments of its own; `decode` takes the reply about one. */
export interface ItemScript<Key extends string, Arg extends string, Reply> extends Omit<
  Script<Key, Arg, Reply>,
  'decode'
> {
  readonly items: true;
  /** Its text reads all items at once; else it is written for one, and run for each. */
  readonly atOnce?: true;
  /** The command of one key that says the same about a single item, for less. */
  readonly alone?: 'get';
  /** As of every script; beside the reply about one item comes the server's time in ms. */
  decode(reply: unknown, storeTime: number): Reply;
}

type Definition<Of extends AnyScript> = Omit<Of, 'lua' | 'command' | 'items'>;

/** A script of either kind, whatever its reply is. */
export type AnyScript = Omit<Script<string, string, unknown>, 'decode'>;

/** A value of ARGV. `undefined` is sent as empty, a boolean as 0 or 1. */
export type ScriptValue = string | number | boolean | undefined;

/** A script by its descriptor and its `.lua` file. */
export function defineScript<const Key extends string, const Arg extends string, Reply>(
  definition: Definition<Script<Key, Arg, Reply>>,
): Script<Key, Arg, Reply> {
  const { name, writes } = definition;
  return { ...definition, ...named(name, writes ? loadWritingLua(name) : loadLua(name)) };
}

/** As {@link defineScript}, for a script about items. */
export function defineItemScript<const Key extends string, const Arg extends string, Reply>(
  definition: Definition<ItemScript<Key, Arg, Reply>>,
): ItemScript<Key, Arg, Reply> {
  const { name, atOnce } = definition;
  return { ...definition, items: true, ...named(name, atOnce ? loadLua(name) : loadItemLua(definition)) };
}

function named(name: string, lua: string): { readonly lua: string; readonly command: string } {
  const digest = createHash('sha1').update(lua).digest('hex').slice(0, 10);
  return { lua, command: `stateful-route:${name}:${digest}` };
}

/** The arguments of one invocation: the number of keys, the keys, and ARGV. */
export function invocation<Key extends string, Arg extends string>(
  script: Script<Key, Arg, unknown>,
  keys: Readonly<Record<Key, string>>,
  args: Readonly<Record<Arg, ScriptValue>>,
): string[] {
  return [
    String(script.keys.length),
    ...script.keys.map((name) => keys[name]),
    ...script.args.map((name) => spelled(args[name])),
  ];
}

/** A value as ARGV has it. */
export function spelled(value: ScriptValue): string {
  if (value === undefined) return '';
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}
