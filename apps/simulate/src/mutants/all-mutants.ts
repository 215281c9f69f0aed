import { machineMutants } from './machine-mutants.ts';
import type { Mutant } from './mutant.ts';
import { podMutants } from './pod-mutants.ts';
import { storeMutants } from './store-mutants.ts';

/** Every break of the library that the simulator has to see. */
export const allMutants: readonly Mutant[] = [...machineMutants, ...podMutants, ...storeMutants];
