import { expect, it } from 'vitest';
import { faultNames, runFault } from '../documents-lab/faults.ts';

/** A short lease makes the faults short: Redis is away for 8 s of a fleet with a lease of 15 s, for 2 s here. */
const LEASE_SECONDS = 4;
const WITHIN_MS = 300_000;

it.each(faultNames)(
  '%s: nothing saved is lost, and no document diverges',
  async (name) => {
    const { quiet, marks } = await runFault(name, LEASE_SECONDS);
    expect(marks).toBeGreaterThan(0);
    expect(quiet.read).toBe(quiet.saved);
  },
  WITHIN_MS,
);
