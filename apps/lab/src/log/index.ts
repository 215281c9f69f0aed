export { type LogLine, parseLogLine, parseLogTime } from './parse-log-line.ts';
export { type Line, readLines } from './read-lines.ts';
export { type LoggedRequest, readLog } from './read-log.ts';
