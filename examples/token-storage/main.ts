/**
 * Two pods. One loses its network in the middle of a request, and SQLite refuses its late write:
 *
 *   node --conditions=@stateful-route/source --import @oxc-node/core/register examples/token-storage/main.ts
 *
 * Outside this repository the two options are not needed. The drivers are real, on the memory adapter and a manual clock: a lease
 * of fifteen seconds passes in one line.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestRoute } from '@stateful-route/testkit/test-route';
import { StoredRoom } from './stored-room.ts';
import { VisitsStorage } from './visits-storage.ts';

const folder = await mkdtemp(join(tmpdir(), 'token-storage-'));
try {
  await using service = await createTestRoute({ pods: 2 });
  using storage = new VisitsStorage(join(folder, 'visits.db'));
  const [first, second] = service.pods.map((pod) => new StoredRoom(pod.server, storage));

  console.log('pod 0 serves ada, visit', await first!.visit('ada'));
  let answer = (): void => {};
  const slow = first!.visit('ada', () => new Promise((resolve) => (answer = resolve)));

  service.kill(0);
  await service.clock.advance(20_000);
  const { podId } = await service.gateway.service('room').locate('ada');
  console.log(`pod 0 has lost its network; ada is taken over by pod ${podId}`);
  console.log('pod 1 serves ada, visit', await second!.visit('ada'));

  answer();
  console.log('pod 0 ends its request:', (await slow) ?? 'refused by the storage');
  console.log('pod 1 serves ada, visit', await second!.visit('ada'));
} finally {
  await rm(folder, { recursive: true });
}
