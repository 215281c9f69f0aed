import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import type { FoundClaim } from '@stateful-route/driver';
import { UserComparison } from '../src/fleet/compare-users.ts';

const run = (podId: number, life = 0): string => `1000.run-${podId}.${life}`;

function reading(
  users: readonly (number | undefined)[],
  fields: Partial<StatefulServiceState> = {},
): ServiceStateRead {
  const pods = users.map((count, podId): [number, StatefulServiceState] => [
    podId,
    {
      podId,
      state: 'READY',
      routingState: 'READY',
      loadState: 0,
      metadata: {},
      updateTime: 1_000,
      incarnation: run(podId),
      users: count,
      ...fields,
    },
  ]);
  return { storeTime: 1_000, epoch: 1, pods: new Map(pods) };
}

const claim = (uid: string, podId: number, token = 1, incarnation = run(podId)): FoundClaim => ({
  uid,
  link: { podId, permanent: true, token, incarnation },
});

function compared(
  ...steps: readonly (ServiceStateRead | readonly FoundClaim[])[]
): readonly (string | undefined)[] {
  const comparison = new UserComparison();
  for (const step of steps) {
    if ('pods' in step) comparison.addReading(step);
    else comparison.addScan(step);
  }
  return comparison.pods().map(({ problem }) => problem);
}

describe('users and claims', () => {
  it('agree', () => {
    const scan = [claim('ada', 0), claim('bob', 0), claim('eve', 1)];
    expect(compared(reading([2, 1]), scan, reading([2, 1]))).toEqual([undefined, undefined]);
    expect(compared(reading([0]), [], reading([0]))).toEqual([undefined]);
  });

  it('differ, if a claim is nobody’s', () => {
    const scan = [claim('ada', 0), claim('bob', 0)];
    expect(compared(reading([1]), scan, reading([1]), scan, reading([1]))).toEqual([
      '1 claim more than it has users: it does not serve them, and nobody else may',
    ]);
  });

  it('differ, if a pod serves without a claim', () => {
    expect(compared(reading([3]), [claim('ada', 0)], reading([3]), [claim('ada', 0)], reading([3]))).toEqual([
      '2 users more than it has claims: others may take them',
    ]);
  });

  it('agree where users came, went or moved meanwhile', () => {
    // bob came after the first reading, ada went before the last.
    expect(compared(reading([1]), [claim('ada', 0), claim('bob', 0)], reading([1]))).toEqual([
      '1 claim more than it has users: it does not serve them, and nobody else may',
    ]);
    expect(
      compared(
        reading([1]),
        [claim('ada', 0), claim('bob', 0)],
        reading([1]),
        [claim('bob', 0)],
        reading([1]),
      ),
    ).toEqual([undefined]);
    // The scan has missed joe, who came when it had passed.
    expect(compared(reading([2]), [claim('ada', 0)], reading([2]), [claim('joe', 0)], reading([2]))).toEqual([
      undefined,
    ]);
    // eve moved from 0 to 1, and was found nowhere.
    expect(compared(reading([1, 0]), [], reading([0, 1]))).toEqual([undefined, undefined]);
    // A user who went and came back has another token.
    const again = [claim('ada', 0, 2), claim('bob', 0)];
    expect(
      compared(reading([1]), [claim('ada', 0, 1), claim('bob', 0)], reading([1]), again, reading([1])),
    ).toEqual([undefined]);
  });

  it('says nothing of a pod that does not publish its users, is of the older sides, or was replaced', () => {
    expect(compared(reading([undefined]), [claim('ada', 0)], reading([undefined]))).toEqual([undefined]);
    const bare = reading([undefined], { incarnation: undefined, updateTime: undefined });
    expect(compared(bare, [claim('ada', 0)], bare)).toEqual([undefined]);
    const replaced = reading([0], { incarnation: '2000.other.0' });
    expect(compared(reading([1]), [claim('ada', 0)], replaced)).toEqual([undefined]);
  });

  it('counts claims of other processes apart, unless users wait for the ordinal', () => {
    const scan = [claim('ada', 0, 1, '1.earlier.0'), claim('bob', 0, 1, run(0, 3))];
    const comparison = new UserComparison();
    comparison.addReading(reading([1]));
    comparison.addScan(scan);
    comparison.addReading(reading([1]));
    expect(comparison.pods()).toEqual([{ podId: 0, users: 1, claims: 1, others: 1, problem: undefined }]);
    const waits = reading([2], { deadOwner: 'wait' });
    expect(compared(waits, scan, waits)).toEqual([undefined]);
  });
});
