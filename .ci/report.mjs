// node .ci/report.mjs FOLDER: each stage below FOLDER that failed, and why: its failed tests, else the end of its log. Then
// the count of the tests of all stages. A stage, or a package in it, that failed without a failed test is one failure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const LINES_OF_A_TEST = 12;
const LINES_OF_A_LOG = 30;
const ENDED = { 124: ', timed out', 137: ', killed' };
const [folder = ''] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const stage of readdirSync(folder).toSorted()) {
  const at = join(folder, stage);
  const [name, has, status] = ['name', 'has', 'status'].map((file) => textOf(join(at, file)).trim());
  const log = textOf(join(at, 'log')).split('\n');
  const runs = readdirSync(join(at, 'results')).map((file) => readRun(join(at, 'results'), file, log));
  for (const run of runs) passed += run.passed;

  const failures = runs.flatMap((run) => run.failures);
  if (has === 'tests' && runs.every((run) => run.tests === 0)) failures.push('no test ran');
  if (status === '0' && failures.length === 0) continue;

  // Packages that turbo ran side by side: vitest crashed, was killed, or found no test.
  const named = new Set(runs.filter((run) => run.failures.length > 0).map((run) => run.of));
  const crashed = log.flatMap((line) => /^@[^/]+\/(\S+)#test:\s+ERROR/.exec(line)?.[1] ?? []);
  for (const of of crashed.filter((of) => !named.has(of)))
    failures.push(described(`${of}: failed without a failed test`, endOf(part(log, `${of}:test: `))));

  console.log(`failed: ${name} (exit status ${status || 'unknown'}${ENDED[status] ?? ''})`);
  failed += Math.max(failures.length, 1);
  if (failures.length === 0 || ENDED[status]) failures.push(...endOf(log));
  console.log(failures.join('\n').replaceAll(/^/gm, '  '));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** What a run of vitest wrote: the folder it ran in, how many tests it had, how many passed, and its failures. */
function readRun(results, file, log) {
  const of = file.replace(/-\d+\.json$/, '');
  try {
    const { numTotalTests, numPassedTests, testResults } = JSON.parse(textOf(join(results, file)));
    const failures = testResults.flatMap((result) => failuresOf(result, log));
    return { of, tests: numTotalTests, passed: numPassedTests, failures };
  } catch (error) {
    return {
      of,
      tests: 0,
      passed: 0,
      failures: [described(`${of}: its results cannot be read`, [error.message])],
    };
  }
}

/** The failed tests of a file with their reasons; or the file itself, where it could not be run. */
function failuresOf({ name, status, message, assertionResults }, log) {
  const file = name.replace(/^.*\/(?=(packages|apps|examples|tools)\/)/, '');
  const tests = assertionResults.filter((test) => test.status === 'failed');
  if (tests.length > 0)
    return tests.map((test) =>
      described(`${file}: ${test.fullName}`, linesOf(test.failureMessages.join('\n'))),
    );
  if (status !== 'failed') return [];
  // Of a hook that failed, the results have no message, but the log has.
  return [described(file, message ? linesOf(message) : inLog(log, file))];
}

/** What the log says after `FAIL` of a file, as `packages/core/test/x.test.ts`. */
function inLog(log, file) {
  const [, of, own] = /^[^/]+\/([^/]+)\/(.*)$/.exec(file) ?? [];
  const lines = part(log, `${of}:test: `);
  const reason = lines.slice(lines.findIndex((line) => line.includes(`FAIL  ${own}`)) + 1);
  const end = reason.findIndex((line) => /FAIL  |⎯{3}/.test(line));
  return end === -1 ? reason : reason.slice(0, end);
}

/** The lines of one package, where turbo marked them; else all. */
function part(log, mark) {
  const lines = log.filter((line) => line.includes(mark));
  return lines.length > 0 ? lines.map((line) => line.slice(line.indexOf(mark) + mark.length)) : log;
}

function described(title, reason) {
  return [
    title,
    ...telling(reason)
      .slice(0, LINES_OF_A_TEST)
      .map((line) => `  ${line}`),
  ].join('\n');
}

function endOf(log) {
  return telling(log).slice(-LINES_OF_A_LOG);
}

/** Without empty lines, rules, and the frames of other people's code. */
function telling(lines) {
  return lines.filter((line) => /\w/.test(line) && !/node_modules|<anonymous>/.test(line));
}

function linesOf(text) {
  return stripVTControlCharacters(text).split('\n');
}

function textOf(path) {
  return stripVTControlCharacters(readFileSync(path, 'utf8'));
}
