import { createHash } from 'node:crypto';
import { frameLua, readAllLua } from './load-lua.ts';

/** What a script takes and replies. Only its descriptor deals with positions and raw replies. */
export interface Script<Key extends string, Arg extends string, Reply> {
  /** The base name of its `.lua` file. */
  readonly name: string;
  /** The names of KEYS of one item, in order. */
  readonly keys: readonly Key[];
  /** The names of ARGV of one item, in order. */
  readonly args: readonly Arg[];
  /** Whether it may change something. If so, it does nothing past the call's deadline. */
  readonly writes: boolean;
  /** Its text reads all items at once. Else it is written for one item, and the frame runs it for each. */
  readonly readsAll?: true;
  /** The plain command of one key that replies the same about a single item, for less. */
  readonly alone?: 'get';
  /** What the script's usual outcomes mean, by their number less 1: the reply that follows from an item's arguments. */
  readonly usual?: readonly UsualReply<Reply>[];
  readonly lua: string;
  /** The name of its command on a client: never another text under the same name. */
  readonly command: string;
  /**
   * Reads the reply about one item. Throws where the reply, or what the store holds, is not what it must be.
   *
   * @param storeTime - the server's time in ms; 0 where `alone` was sent.
   * @param epoch - the epoch in which the command was sent.
   */
  readonly decode: (reply: unknown, storeTime: number, epoch: number) => Reply;
}

type Definition<Of extends AnyScript> = Omit<Of, 'lua' | 'command'>;

/** @param nowUs - the server's time. */
type UsualReply<Reply> = (args: Readonly<Record<string, ScriptValue>>, nowUs: number) => Reply;

/** A script, whatever its reply is. */
export type AnyScript = Script<string, string, unknown>;

/** A value of ARGV. `undefined` is sent as empty, a boolean as 0 or 1. */
export type ScriptValue = string | number | boolean | undefined;

/** A script by its descriptor and its `.lua` file. */
export function defineScript<const Key extends string, const Arg extends string, Reply>(
  definition: Definition<Script<Key, Arg, Reply>>,
): Script<Key, Arg, Reply> {
  const { name, readsAll } = definition;
  const lua = readsAll ? readAllLua(name) : frameLua(definition);
  const digest = createHash('sha1').update(lua).digest('hex').slice(0, 10);
  return { ...definition, lua, command: `stateful-route:${name}:${digest}` };
}
