import type { StoreInspector } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import type { ClaimScan } from '@stateful-route/driver';
import type { Progress } from '../output/progress.ts';

/** What reads the store beside its ports. */
export function inspectorOf({ store }: Context): StoreInspector {
  if (store.inspector) return store.inspector;
  throw new CommandEnd(
    EXIT.failed,
    'This store has nothing that reads all of its links: the command needs Redis.',
  );
}

/** A scan of a service's links. */
export function scanOf(
  context: Context,
  serviceName: string,
  keysPerSecond: number,
  progress: Progress,
): ClaimScan {
  const { store, namespace, signal } = context;
  const scan: Omit<ClaimScan, 'inspector'> = {
    executors: store.executors,
    namespace,
    serviceName,
    keysPerSecond,
    signal,
    onProgress: (scanned, total) => progress.show('keys', scanned, total),
  };
  return {
    ...scan,
    // A roster is read without it.
    get inspector() {
      return inspectorOf(context);
    },
  };
}
