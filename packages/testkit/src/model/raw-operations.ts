import * as fc from 'fast-check';
import type { RawWrites } from '../framework/executors-under-test.ts';
import { podId, service, uid } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';

/** Writes that bypass the ports. */
export function rawOperations(raw: RawWrites): Readonly<Record<string, Operation>> {
  return {
    rawRemoveLink: operation(1, { uid, service }, async (world, args) => {
      await raw.removeLink(world.ns, args.uid, args.service);
      return () => world.links.writeRaw(args, undefined);
    }),

    rawSetClaim: operation(1, { uid, service, podId }, async (world, args) => {
      await raw.setClaim(world.ns, args.uid, args.service, args.podId);
      return () => world.links.writeRaw({ uid: args.uid, service: args.service }, args.podId);
    }),

    rawSetWord: operation(
      2,
      { service, podId, word: fc.constantFrom(undefined, 'READY', 'NOT_READY', 'TERMINATING', 'state') },
      async (world, { service: name, podId: pod, word }) => {
        await raw.setWord(world.ns, name, pod, word);
        return () => world.pods.setWord(name, pod, word);
      },
    ),

    rawSetIntent: operation(
      1,
      { service, podId, word: fc.constantFrom('Drain', 'drain', '') },
      async (world, args) => {
        await raw.setIntent(world.ns, args.service, args.podId, args.word);
        return () => world.pods.setIntentWord(args.service, args.podId, args.word);
      },
    ),
  };
}
