import type { Benchmark } from '../benchmark.ts';
import { memoryAnswers } from './memory-answers.ts';

/** Everything that is measured, in the order of the page. */
export const benchmarks: readonly Benchmark[] = [memoryAnswers];
