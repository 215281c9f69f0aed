import { luaSources } from './lua-sources.ts';

const INCLUDE = /^-- @include ([a-z-]+)\n/gm;

/** The part of a script for its usual case, and what follows it. */
const USUAL = /^-- @usual\n(.*)^-- @else\n(.*)/ms;

function read(path: string): string {
  const text = luaSources[path];
  if (text === undefined) throw new Error(`There is no lua/${path}.lua, or \`pnpm lua:update\` was not run.`);
  return text;
}

/** The text of a script that reads all items at once, with its includes. */
export function readAllLua(name: string): string {
  return withIncludes(read(name));
}

/** The text of a script for one item, inside the frame that runs it for each. Its includes are loaded once for all items. */
export function frameLua({ name, keys, args, writes }: Framed): string {
  const [, usual, rest] = USUAL.exec(read(name)) ?? [];
  const script = rest ?? read(name);
  const includes = [...script.matchAll(INCLUDE)].map(([line]) => line).join('');
  const framed = read('include/frame')
    .replaceAll('@key_count', String(keys.length))
    .replaceAll('@arg_count', String(args.length + Number(writes)))
    .replaceAll('@writes', String(writes))
    .replace('-- @usual\n', () =>
      usual ? `local function usual(KEYS, ARGV)\n${usual}end\n` : 'local usual\n',
    )
    .replace('-- @script-includes\n', () => includes)
    .replace('-- @script\n', () => script.replaceAll(INCLUDE, ''));
  return withIncludes(framed);
}

/** The parts of a script's descriptor that go into its text. */
interface Framed {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly writes: boolean;
}

/** A line `-- @include name` stands for `include/name.lua`. Includes contain none, so that a script names all its parts. */
function withIncludes(text: string): string {
  return text.replaceAll(INCLUDE, (_, include: string) => read(`include/${include}`));
}
