import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.ts';

// Writes the Lua scripts of adapter-redis to a module: a bundle cannot read files at run time.
const adapter = join(root, 'packages/adapter-redis');
const files = readdirSync(join(adapter, 'lua'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.lua'))
  .toSorted();
const entries = files.map((file) => {
  const text = readFileSync(join(adapter, 'lua', file), 'utf8');
  return `  ${JSON.stringify(file.slice(0, -'.lua'.length))}: ${JSON.stringify(text)},\n`;
});
writeFileSync(
  join(adapter, 'src/scripts/lua-sources.ts'),
  `// Generated from lua/ by \`pnpm lua:update\`.

/** The text of each file in \`lua/\`, by its path there, without \`.lua\`. */
export const luaSources: Readonly<Record<string, string>> = {
${entries.join('')}};
`,
);
