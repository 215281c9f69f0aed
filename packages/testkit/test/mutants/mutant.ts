import type { Executors, Link } from '@stateful-route/core';
import type { ServerExecutor, StateFeed, StatefulExecutor } from '@stateful-route/core/adapter';

/** Executors with one rule of the contract broken. */
export interface Mutant {
  /** The rule of the contract. */
  readonly rule: string;
  /** Whether the rule shows in replies, so that random histories find the fault too. */
  readonly model: boolean;
  readonly broken: (executors: Executors) => Executors;
}

/** A mutant of some methods of the stateful port. */
export function links(
  rule: string,
  replace: (inner: StatefulExecutor) => Partial<StatefulExecutor>,
  { model = true }: { readonly model?: boolean } = {},
): Mutant {
  return {
    rule,
    model,
    broken: (executors) => ({
      ...executors,
      stateful: { ...executors.stateful, ...replace(executors.stateful) },
    }),
  };
}

/** A mutant of some methods of the server port. */
export function server(
  rule: string,
  replace: (inner: ServerExecutor) => Partial<ServerExecutor>,
  { model = true }: { readonly model?: boolean } = {},
): Mutant {
  return {
    rule,
    model,
    broken: (executors) => ({ ...executors, server: { ...executors.server, ...replace(executors.server) } }),
  };
}

/** A mutant of some methods of the feed. */
export function feed(rule: string, replace: (inner: StateFeed) => Partial<StateFeed>): Mutant {
  return {
    rule,
    model: false,
    broken: (executors) => ({ ...executors, feed: { ...executors.feed, ...replace(executors.feed) } }),
  };
}

/** The link in force, or none. */
export async function linkOf(
  inner: StatefulExecutor,
  ns: string,
  uid: string,
  service: string,
): Promise<Link | undefined> {
  return (await inner.batchGetLink(ns, [uid], service)).get(uid);
}
