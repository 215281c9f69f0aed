import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const ci = fileURLToPath(new URL('../../../.ci/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ci-report-'));
afterAll(() => rmSync(work, { recursive: true }));

/** Runs one stage of a bash script, which may write vitest's results, and what the report then says of it. */
function report(script: string, env: NodeJS.ProcessEnv = {}) {
  const stages = mkdtempSync(join(work, 'stages-'));
  const folder = join(stages, '01');
  const stage = spawnSync(join(ci, 'stage'), [folder, 'stand-in', 'bash', '-c', script], {
    env: { ...process.env, STAGE_HAS: '', ...env },
  });
  const { stdout, stderr, status } = spawnSync('node', [join(ci, 'report.mjs'), stages], {
    encoding: 'utf8',
  });
  return { stage: stage.status, status, text: stdout + stderr };
}

const file = '/home/ci/packages/core/test/x.test.ts';
const passedTest = { status: 'passed', fullName: 'adds', failureMessages: [] };
const failedTest = { status: 'failed', fullName: 'fences', failureMessages: ['Error: expected 1 to be 2'] };

/** A line of bash that writes what vitest writes of one file in packages/core. */
function results({ status = 'failed', message = '', tests = [] as unknown[], passed = 0 }) {
  const testResults = [{ name: file, status, message, assertionResults: tests }];
  const json = JSON.stringify({ numTotalTests: tests.length, numPassedTests: passed, testResults });
  return `echo '${json}' >"$TEST_RESULTS/core-1.json"`;
}

const onePassed = results({ status: 'passed', tests: [passedTest], passed: 1 });

it('counts the tests of stages that passed', () => {
  expect(report(onePassed, { STAGE_HAS: 'tests' })).toEqual({
    stage: 0,
    status: 0,
    text: '1 passed, 0 failed\n',
  });
});

it.each<[name: string, script: string, reasons: string[]]>([
  [
    'a failed test',
    `${results({ tests: [failedTest] })}; exit 1`,
    ['x.test.ts: fences', 'expected 1 to be 2'],
  ],
  [
    'a failed test whose command exits with 0',
    results({ tests: [failedTest] }),
    ['x.test.ts: fences', '1 failed'],
  ],
  [
    'a file that cannot be imported',
    `${results({ message: 'Cannot find module ./y.ts' })}; exit 1`,
    ['packages/core/test/x.test.ts', 'Cannot find module ./y.ts'],
  ],
  [
    'a hook that failed, whose reason only the log has',
    `${results({})}; printf '%s\\n' '@a/core:test:  FAIL  test/x.test.ts > all' '@a/b:test: else' '@a/core:test: Error: no server'; exit 1`,
    ['packages/core/test/x.test.ts', 'Error: no server'],
  ],
  [
    'vitest that was killed in one package, beside a failed test in another',
    `${results({ tests: [failedTest] })}; printf '%s\\n' '@a/driver:test: Killed' '@a/core#test:  ERROR  command' '@a/driver#test:  ERROR  command'; exit 137`,
    [
      'exit status 137, killed',
      'x.test.ts: fences',
      'driver: failed without a failed test',
      'Killed',
      '2 failed',
    ],
  ],
  [
    'results that are half-written',
    `echo '{"numTot' >"$TEST_RESULTS/core-1.json"`,
    ['core: its results cannot be read'],
  ],
  ['a stage that prints why', 'echo "The port is taken."; exit 3', ['exit status 3', 'The port is taken.']],
])('names %s', (_name, script, reasons) => {
  const { status, text } = report(script);
  expect(status).toBe(1);
  for (const reason of ['failed: stand-in', ...reasons]) expect(text).toContain(reason);
});

it('names a stage of tests that ran none', () => {
  const { status, text } = report('echo "cache hit, replaying logs"', { STAGE_HAS: 'tests' });
  expect(status).toBe(1);
  expect(text).toContain('no test ran');
});

it('names a stage that took too long, and what it printed last', () => {
  const { stage, text } = report(`${onePassed}; echo waiting; sleep 60`, { STAGE_SECONDS: '0.5' });
  expect(stage).toBe(124);
  expect(text).toContain('timed out');
  expect(text).toContain('waiting');
});

it('ends with its command, even if that leaves a process behind', () => {
  const begun = performance.now();
  expect(report('setsid sleep 8 & exit 3').stage).toBe(3);
  expect(performance.now() - begun).toBeLessThan(7_000);
});
