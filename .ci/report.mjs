// node .ci/report.mjs FOLDER: each stage below FOLDER that failed, with its failed tests or the end of its log; then the
// count of the tests of all stages, in which a stage that failed without a failed test is one failure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LINES_OF_A_TEST = 12;
const LINES_OF_A_LOG = 30;
const [folder = ''] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const stage of readdirSync(folder).toSorted()) {
  /** @param {string} file */
  const read = (file) => readFileSync(join(folder, stage, file), 'utf8').trim();
  const reports = readdirSync(join(folder, stage, 'results')).map((file) =>
    JSON.parse(read(`results/${file}`)),
  );
  const failures = reports.flatMap(({ testResults }) => testResults.flatMap(failuresOf));
  const status = Number(read('status'));
  for (const { numPassedTests } of reports) passed += numPassedTests;
  if (status === 0 && failures.length === 0) continue;

  failed += Math.max(failures.length, 1);
  console.log(`failed: ${read('name')} (exit status ${status})`);
  const log = failures.length > 0 ? failures : read('log').split('\n').slice(-LINES_OF_A_LOG);
  console.log(log.join('\n').replaceAll(/^/gm, '  '));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** The failed tests of a file with their reasons; or the file itself, where it could not be run. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = name.replace(/^.*\/(?=(packages|apps|examples|tools)\/)/, '');
  const tests = assertionResults.filter((test) => test.status === 'failed');
  if (tests.length === 0) return status === 'failed' ? [describe(file, message)] : [];
  return tests.map((test) => describe(`${file}: ${test.fullName}`, test.failureMessages.join('\n')));
}

function describe(title, reason) {
  const lines = reason.split('\n').filter((line) => line.trim() !== '' && !line.includes('node_modules'));
  return [title, ...lines.slice(0, LINES_OF_A_TEST).map((line) => `  ${line}`)].join('\n');
}
