import type { CloseReason } from '../host.ts';
import type { Opened } from './hold.ts';
import type { HostParts } from './host-parts.ts';
import { within } from './waiting.ts';

/** Calls `close` for what an `open` returned. Resolves when it has ended, or after `closeTimeoutMs`; never rejects. */
export async function closeState<State>(
  { options, logger }: Pick<HostParts<State>, 'options' | 'logger'>,
  uid: string,
  { state, token, controller }: Opened<State>,
  why: CloseReason,
  to?: number,
): Promise<void> {
  const { close, clock, closeTimeoutMs } = options;
  controller.abort(new Error(`the entity is closed: ${why}`));
  if (!close) return;
  const closing = (async () => close({ uid, token, state, why, to }))().catch((error: unknown) => {
    logger.error({ err: error, uid, why }, 'close failed');
  });
  if (await within(clock, closeTimeoutMs, closing)) return;
  logger.warn({ uid, why, closeTimeoutMs }, 'close takes too long; continuing without it');
}
