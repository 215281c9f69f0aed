import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { linkKeyOf } from '../lab/links.ts';
import { uidAt } from '../lab/uids.ts';

/** Users that are new to a store. They are made before the clock starts. */
export class NewUsers {
  readonly #run = uniqueNamespace();
  #samples = 0;

  /** So many uids that were never given before. */
  readonly uids = (count: number): string[] => {
    const prefix = `${++this.#samples}-${this.#run.slice(-4)}`;
    return Array.from({ length: count }, (_, at) => uidAt(at, prefix));
  };

  /** The link keys of so many new users, in a namespace of this side's own. */
  keys(side: string, count: number): string[] {
    return this.uids(count).map((uid) => linkKeyOf(`${this.#run}-${side}`, uid));
  }
}
