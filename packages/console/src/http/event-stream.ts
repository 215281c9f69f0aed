/** How many bytes wait for somebody who does not read. Whoever has more to read is cut off, and comes again. */
const WAITING_BYTES_MAX = 2_097_152;

/** A server-sent event. */
interface StreamEvent {
  readonly name: string;
  readonly data: unknown;
  readonly id?: string | undefined;
}

/** What a source of events is given. */
export interface Sink {
  send(event: StreamEvent): void;
  /** Ends the stream. */
  end(): void;
}

/** Headers of a stream. A proxy that would collect it, as nginx, is told not to. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

const encoder = new TextEncoder();
/** An event that many look at is written once. */
const written = new WeakMap<StreamEvent, Uint8Array>();

/**
 * A stream of what a source sends. The source is started with the stream, and returns what ends it when whoever reads has gone.
 */
export function eventStream(start: (sink: Sink) => () => void): ReadableStream<Uint8Array> {
  let stop: (() => void) | undefined;
  let hasEnded = false;
  // The first event may be large, and nobody has had time to read it.
  let allowed = WAITING_BYTES_MAX;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const finish = (how: () => void): void => {
          if (hasEnded) return;
          hasEnded = true;
          stop?.();
          how();
        };
        stop = start({
          send(event) {
            if (hasEnded) return;
            const chunk = chunkOf(event);
            const waiting = -(controller.desiredSize ?? 0);
            if (waiting > allowed) {
              finish(() => controller.error(new Error('Whoever looks reads too slowly.')));
              return;
            }
            allowed = Math.max(allowed, WAITING_BYTES_MAX + chunk.byteLength);
            controller.enqueue(chunk);
          },
          end: () => finish(() => controller.close()),
        });
        if (hasEnded) stop();
      },
      cancel() {
        hasEnded = true;
        stop?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
}

function chunkOf(event: StreamEvent): Uint8Array {
  let chunk = written.get(event);
  if (!chunk) {
    const id = event.id === undefined ? '' : `id: ${event.id}\n`;
    chunk = encoder.encode(`event: ${event.name}\n${id}data: ${JSON.stringify(event.data)}\n\n`);
    written.set(event, chunk);
  }
  return chunk;
}
