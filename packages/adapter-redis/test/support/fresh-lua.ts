import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { luaSources } from '../../src/scripts/lua-sources.ts';

/** Before any test: what is tested are the scripts as they stand in `lua/`. */
export default function setup(): void {
  const folder = join(import.meta.dirname, '../../lua');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.lua'),
  );
  const names = files.map((file) => file.slice(0, -'.lua'.length));
  const stale = names.filter(
    (name) => luaSources[name] !== readFileSync(join(folder, `${name}.lua`), 'utf8'),
  );
  const gone = Object.keys(luaSources).filter((name) => !names.includes(name));
  const differing = [...stale, ...gone];
  if (differing.length === 0) return;
  throw new Error(
    `src/scripts/lua-sources.ts is not what lua/ has of ${differing.join(', ')}. Run \`npx pnpm -s lua:update\`.`,
  );
}
