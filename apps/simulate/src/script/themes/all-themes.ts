import { deathThemes } from './death-themes.ts';
import { fenceThemes } from './fence-themes.ts';
import { hostThemes } from './host-themes.ts';
import { lossThemes } from './loss-themes.ts';
import { operatorThemes } from './operator-themes.ts';
import { orderThemes } from './order-themes.ts';
import type { Theme } from './theme.ts';

/** Every theme. */
export const allThemes: readonly Theme[] = [
  ...fenceThemes,
  ...deathThemes,
  ...lossThemes,
  ...operatorThemes,
  ...orderThemes,
  ...hostThemes,
];

/** Every fourth seed has a theme, in turn. */
const SEEDS_PER_THEME = 4;

/** The theme of a seed's world. `undefined` if all events are drawn. */
export function themeOf(seed: number): Theme | undefined {
  return seed % SEEDS_PER_THEME === 0 ? allThemes[(seed / SEEDS_PER_THEME) % allThemes.length] : undefined;
}
