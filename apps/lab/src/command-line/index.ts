export { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
export { oneOf, type Output, readCommandLine, redisUrl, seedOption, wholeNumber } from './options.ts';
export { exitStatusOf, FAILED, output, stackOf } from './program.ts';
