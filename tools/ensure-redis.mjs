// Sees to it that the tests find a `redis-server` on the PATH, of which those of a Cluster start several: installs one
// with the system's package manager where there is none.
import { spawnSync } from 'node:child_process';

/** @type {readonly (readonly [string, readonly (readonly string[])[]])[]} */
const managers = [
  ['apt-get', [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]],
  ['apk', [['add', '--no-cache', 'redis']]],
  ['dnf', [['install', '-y', 'redis']]],
  ['pacman', [['-Sy', '--noconfirm', 'redis']]],
  ['brew', [['install', 'redis']]],
];

/** @param {string} command */
const answers = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

function install() {
  const manager = managers.find(([command]) => answers(command));
  if (!manager) return;
  const [command, steps] = manager;
  const asRoot = command !== 'brew' && process.getuid?.() !== 0;
  for (const step of steps) {
    const [program, ...words] = asRoot ? ['sudo', command, ...step] : [command, ...step];
    console.log(`> ${[program, ...words].join(' ')}`);
    spawnSync(program, words, { stdio: ['inherit', 'ignore', 'inherit'] });
  }
}

if (!answers('redis-server')) install();
if (!answers('redis-server')) {
  console.error(
    'There is no redis-server on the PATH, and none could be installed. Install Redis 7 or later and try again.',
  );
  process.exitCode = 1;
}
