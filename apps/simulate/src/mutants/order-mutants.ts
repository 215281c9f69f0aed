import type { Mutant } from './mutant.ts';

const orders = 'driver/src/pod/pod-orders.ts';
const lost = 'orders whose replies are lost';

/** Broken rules of orders. */
export const orderMutants: readonly Mutant[] = [
  {
    name: 'order-is-done-twice',
    broken: 'a pod begins an order anew with each reply that has it',
    theme: lost,
    patches: [{ file: orders, find: '      if (known?.step) continue;\n', replace: '' }],
  },
  {
    name: 'order-is-done-again',
    broken: 'a pod that could not report the end of an order does it again',
    theme: lost,
    patches: [
      {
        file: orders,
        find: 'const step = known?.report\n',
        replace: 'const step = known?.step && known.report\n',
      },
    ],
  },
  {
    name: 'end-of-an-order-is-sent-once',
    broken: 'the end of an order is not reported again if the store did not reply',
    theme: lost,
    patches: [{ file: orders, find: '? this.#end(order.id, known.report)', replace: '? Promise.resolve()' }],
  },
  {
    name: 'interrupted-order-is-resumed',
    broken: 'a process does an order that an earlier process of its ordinal has begun',
    theme: 'orders of a pod that restarts',
    patches: [
      {
        file: 'adapter-memory/src/stored/stored-orders.ts',
        find: "if (isLater) this.#end(podId, found, { outcome: 'interrupted', moved: 0 }, storeTime);\n      return false;",
        replace: 'if (isLater) found.takenBy = incarnation;\n      return isLater;',
      },
    ],
  },
];
