import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Chance } from '../src/script/chance.ts';
import { drawFleet } from '../src/script/draw-fleet.ts';
import { drawScript } from '../src/script/draw-script.ts';
import { printScript } from '../src/script/print-script.ts';
import type { Script } from '../src/script/script.ts';
import type { WorldEvent } from '../src/script/world-event.ts';
import { shrink } from '../src/shrink.ts';

const fleet = drawFleet(new Chance(1));
const kill = (at: number, pod: number): WorldEvent => ({ at, kind: 'kill', pod });
const script: Script = {
  seed: 1,
  lengthMs: 1_000,
  fleet,
  events: Array.from({ length: 100 }, (_, at) => kill(at, at)),
};
const pods = ({ events }: Script): readonly number[] =>
  events.map((event) => ('pod' in event ? event.pod : -1));

describe('shrinking', () => {
  it('keeps only the events that are needed to fail', async () => {
    const needed = [7, 31, 64];
    const shrunk = await shrink(script, 80, async (fewer) =>
      needed.every((pod) => pods(fewer).includes(pod)),
    );
    expect(pods(shrunk)).toEqual(needed);
  });

  it('keeps later events that are needed to fail', async () => {
    const shrunk = await shrink(script, 50, async (fewer) => pods(fewer).includes(90));
    expect(pods(shrunk)).toEqual([90]);
  });

  it('ends early when asked to', async () => {
    let runs = 0;
    const stillFails = async (fewer: Script): Promise<boolean> => {
      runs += 1;
      return pods(fewer).includes(3) && pods(fewer).includes(77);
    };
    const shrunk = await shrink(script, 99, stillFails, () => runs >= 5);
    expect(runs).toBeLessThanOrEqual(6);
    expect(pods(shrunk)).toEqual(expect.arrayContaining([3, 77]));
  });
});

describe('scripts', () => {
  it('depend only on their seed, and are ordered by time', () => {
    const drawn = drawScript(5, 60_000);
    expect(drawScript(5, 60_000)).toEqual(drawn);
    expect(drawScript(6, 60_000)).not.toEqual(drawn);
    const moments = drawn.events.map(({ at }) => at);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(drawn.events.length).toBeGreaterThan(20);
  });

  it('are printed as code that creates them again', async () => {
    const drawn = drawScript(5, 60_000);
    const folder = await mkdtemp(join(tmpdir(), 'script-'));
    const literal = /= (\{.*\n\});\n/s.exec(printScript(drawn))?.[1] ?? '';
    const file = join(folder, 'script.mjs');
    await writeFile(file, `export default ${literal};`);
    const { default: read } = (await import(pathToFileURL(file).href)) as { readonly default: unknown };
    await rm(folder, { recursive: true });
    expect(read).toEqual(JSON.parse(JSON.stringify(drawn)));
  });
});
