import { readFileSync } from 'node:fs';

/** Where the `.lua` files lie, seen from `src/scripts` and from `dist/scripts` alike. */
const folder = new URL('../../lua/', import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

/**
 * A script's text. A line `-- @include name` stands for `include/name.lua`; pieces include no others, so that a script
 * names all that it is made of.
 */
export function loadLua(name: string): string {
  return read(`${name}.lua`).replaceAll(/^-- @include ([a-z-]+)$/gm, (_, piece: string) =>
    read(`include/${piece}.lua`),
  );
}

/** A script that writes, with what stands around all of them. */
export function loadWritingLua(name: string): string {
  return read('include/within-deadline.lua').replace('-- @script\n', () => loadLua(name));
}
