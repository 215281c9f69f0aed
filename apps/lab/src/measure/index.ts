export { collectGarbage, heapBytes } from './heap.ts';
export { machineTime } from './machine-time.ts';
export { sideBySide } from './side-by-side.ts';
