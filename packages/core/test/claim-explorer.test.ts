import { describe, expect, it } from 'vitest';
import { stepClaim } from '../src/index.ts';
import { explore } from './explorer/explore.ts';

describe('the machine of a claim', () => {
  it('keeps every promise in every order of operations, calls and replies', () => {
    const began = performance.now();
    const { depth, states, wrong } = explore(
      stepClaim,
      Number(process.env['DEPTH'] ?? 6),
      JSON.parse(process.env['B'] ?? '{"asked":3,"disturbed":2,"lost":1}'),
    );
    console.log(`explored ${states} states, all orders of ${depth} steps`, performance.now() - began);
    expect(wrong).toBeUndefined();
  });
});
