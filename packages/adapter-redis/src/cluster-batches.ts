import { BATCH_LIMIT } from '@stateful-route/core';
import type { Cluster } from 'ioredis';
import { chunks } from './chunks.ts';
import { keyReady } from './client-ready.ts';
import { groupedByNode } from './cluster-slots.ts';
import { callScript, queueScript } from './scripted-client.ts';
import { list } from './scripts/replies.ts';
import { invocation, type ReadManyScript, type ScriptValue } from './scripts/script.ts';

/** What a node says of a key that is, or is about to be, another node's. */
const REDIRECTED = /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /;

/** What the client says, before it sends anything, of a pipeline whose keys have just become those of several nodes. */
const REGROUPED = /same slots allocation group/;

/**
 * Reads many items from a cluster: one pipeline for each node per 1,000 items, in parallel, with one invocation for each
 * item, as those of one script share a slot. The replies come in the items' order.
 */
export async function readFromNodes<Key extends string, Arg extends string>(
  cluster: Cluster,
  script: ReadManyScript<Key, Arg, unknown>,
  items: readonly Readonly<Record<Key, string>>[],
  args: Readonly<Record<Arg, ScriptValue>>,
): Promise<unknown[]> {
  const invocations = items.map((item) => invocation(script, [item], args));
  const replies: unknown[] = Array.from({ length: items.length });
  const keys = items.map((item) => item[script.keys[0]!]);
  const read = async (positions: readonly number[]): Promise<void> => {
    await keyReady(cluster, keys[positions[0]!]!);
    const pipeline = cluster.pipeline();
    for (const at of positions) queueScript(pipeline, script, invocations[at]!);
    const results = await pipeline.exec().catch((error: Error) => {
      if (!REGROUPED.test(error.message)) throw error;
      return positions.map((): [Error, unknown] => [error, undefined]);
    });
    await Promise.all(
      positions.map(async (at, nth) => {
        const [error, reply] = results?.[nth] ?? [new Error('No reply')];
        if (error && !REDIRECTED.test(error.message) && !REGROUPED.test(error.message)) throw error;
        // A pipeline cannot follow its keys to several nodes; a call of its own can.
        const answer = error ? await callScript(cluster, script, invocations[at]!) : reply;
        replies[at] = list(answer)[0];
      }),
    );
  };
  const byNode = groupedByNode(cluster, keys);
  await Promise.all(byNode.flatMap((positions) => chunks(positions, BATCH_LIMIT).map(read)));
  return replies;
}
