import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors } from '@stateful-route/core';
import { formatIncarnation } from '@stateful-route/core/adapter';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsole } from '../../src/index.ts';
import { chromiumForTests, openPage, startChromium } from '@stateful-route/harness/browser';
import { serve } from './support/serve.ts';

const PODS = 1_000;
const [namespace, service] = ['game', 'room'];

/** Sends the heartbeat of one of so many pods that no process could be each of them. */
async function beat(executors: Executors, podId: number, seq: number, users: number): Promise<void> {
  await executors.stateful.setServiceState(namespace, service, podId, {
    state: 'READY',
    routingState: podId % 100 === 7 ? 'DENY_NEW_CALL' : 'READY',
    loadState: users,
    users,
    maxUsers: 100,
    incarnation: formatIncarnation({ start: 1_000, id: `pod${podId}`, life: 0 }),
    seq,
    beatenBefore: seq > 0,
    metadata: { zone: `zone-${podId % 3}` },
    leaseMs: 600_000,
    updatePeriodMs: 200_000,
  });
}

describe.skipIf(!chromiumForTests())('a thousand pods', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it('are drawn as far as they can be seen, sorted, filtered and followed', async () => {
    const executors = createMemoryExecutors();
    for (let podId = 0; podId < PODS; podId++) await beat(executors, podId, 0, podId % 90);
    const console = createConsole(executors, {
      namespace,
      services: [service],
      authorize: () => ({ who: 'carol', may: 'read' }),
      everyMs: 250,
    });
    await using served = await serve((request) => console.fetch(request));
    await using opened = await openPage(browser, `${served.url}/#/room/pods`);
    const { page, faults } = opened;
    const table = page.getByRole('table', { name: 'Pods' });
    await table.getByRole('link', { name: 'room-0', exact: true }).waitFor();
    const rows = table.locator('tbody tr:not(.gap)');
    const drawn = (): Promise<number> => rows.count();
    expect(await table.getAttribute('aria-rowcount')).toBe(String(PODS + 1));
    expect(await drawn()).toBeLessThan(60);

    // At the end of the page is the last pod, and the rows say which they are.
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await table.getByRole('link', { name: 'room-999', exact: true }).waitFor();
    expect(await rows.last().getAttribute('aria-rowindex')).toBe(String(PODS + 1));
    expect(await drawn()).toBeLessThan(60);
    await page.evaluate('scrollTo(0, 0)');

    // The fullest pod comes first, and a pod that gets fuller is seen to.
    await table.getByRole('button', { name: 'Load' }).click();
    await expect.poll(() => rows.first().innerText()).toContain('89 / 100');
    await beat(executors, 640, 1, 97);
    await page.getByLabel('Filter pods').fill('room-640');
    await expect.poll(() => rows.first().innerText()).toContain('97 / 100');
    expect(await drawn()).toBe(1);
    await page.getByLabel('Filter pods').fill('zone=zone-1 room-1');
    await expect.poll(drawn).toBeGreaterThan(20);
    await page.getByLabel('Filter pods').fill('');

    await page.getByRole('button', { name: 'draining 10' }).click();
    await expect.poll(drawn).toBe(10);
    expect(faults).toEqual([]);
    await console.close();
    await executors.close();
  });
});
