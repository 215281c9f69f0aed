import { luaSources } from './lua-sources.ts';

const INCLUDE = /^-- @include ([a-z-]+)\n/gm;

function read(path: string): string {
  const text = luaSources[path];
  if (text === undefined) throw new Error(`There is no lua/${path}.lua, or \`pnpm lua:update\` was not run.`);
  return text;
}

/**
 * A script's text. A line `-- @include name` stands for `include/name.lua`; pieces include no others, so that a script
 * names all that it is made of.
 */
export function loadLua(name: string): string {
  return withIncludes(read(name));
}

/** A script that writes and is not about items, with what stands around all of those. */
export function loadWritingLua(name: string): string {
  return read('include/within-deadline').replace('-- @script\n', () => loadLua(name));
}

/** A script that is written for one item, with what runs it for each. Its pieces are made once, and not for each item. */
export function loadItemLua({ name, keys, args, writes }: ItemLua): string {
  const script = read(name);
  const around = read('include/each')
    .replace('@key_count', String(keys.length))
    .replace('@arg_count', String(args.length + Number(writes)))
    .replace('@writes', String(writes))
    .replace('-- @script-includes\n', () => [...script.matchAll(INCLUDE)].map(([line]) => line).join(''))
    .replace('-- @script\n', () => script.replaceAll(INCLUDE, ''));
  return withIncludes(around);
}

/** What of a script's descriptor goes into its text. */
interface ItemLua {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly writes: boolean;
}

function withIncludes(text: string): string {
  return text.replaceAll(INCLUDE, (_, piece: string) => read(`include/${piece}`));
}
