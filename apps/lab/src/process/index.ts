export { ChildProgram, type ChildProgramOptions } from './child-program.ts';
export { onParentMessage, sendToParent } from './parent.ts';
export { type ProgramRun, type RunningProgram, runProgram, startProgram } from './start-program.ts';
export { SOURCE_FLAGS } from './source-flags.ts';
