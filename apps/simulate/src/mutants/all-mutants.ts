import { hostMutants } from './host-mutants.ts';
import { machineMutants } from './machine-mutants.ts';
import type { Mutant } from './mutant.ts';
import { orderMutants } from './order-mutants.ts';
import { podMutants } from './pod-mutants.ts';
import { storeMutants } from './store-mutants.ts';

/** All mutants, each of which the simulator has to find. */
export const allMutants: readonly Mutant[] = [
  ...machineMutants,
  ...podMutants,
  ...orderMutants,
  ...storeMutants,
  ...hostMutants,
];
