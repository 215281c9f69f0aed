import type { ConfigFault } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';

/** Throws `INVALID_CONFIG` with all of them, if there is any. */
export function assertNoFaults(faults: readonly ConfigFault[]): void {
  if (faults.length > 0) throw invalidConfig(faults);
}
