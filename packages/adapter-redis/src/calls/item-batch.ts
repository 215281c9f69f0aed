import type { ItemCall } from './item-call.ts';

/** Calls that will share a command: of one script, in one namespace. */
export class ItemBatch {
  readonly calls: ItemCall[];
  readonly namespace: string;
  /** The first key of each item; made when somebody asks. */
  #keys: Set<string> | undefined;

  constructor(namespace: string, first: ItemCall) {
    this.calls = [first];
    this.namespace = namespace;
  }

  /**
   * Whether a call may join. A user of the server may have rights in one namespace alone: what is about another one is
   * refused whole.
   */
  admits(namespace: string, { script }: ItemCall): boolean {
    return this.calls[0]!.script === script && this.namespace === namespace;
  }

  add(call: ItemCall): void {
    this.calls.push(call);
    if (this.#keys) for (const key of firstKeys(call)) this.#keys.add(key);
  }

  /** Nothing of it was sent. */
  fail(error: unknown): void {
    for (const call of this.calls) call.fail(error);
  }

  /** Whether it is about one of a call's keys: then that must not be sent before it. */
  touches(call: ItemCall): boolean {
    const keys = (this.#keys ??= new Set(this.calls.flatMap(firstKeys)));
    return firstKeys(call).some((key) => keys.has(key));
  }
}

function firstKeys(call: ItemCall): string[] {
  return Array.from({ length: call.count }, (_, nth) => call.keyOf(nth));
}
