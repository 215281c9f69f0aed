import { dirname } from 'node:path';
import { packPackages } from './pack-packages.ts';
import { runCommand } from './run-command.ts';
import { root, tool } from './workspace.ts';
import { rmSync } from 'node:fs';

const tarballs = await packPackages();
for (const [name, tarball] of Object.entries(tarballs)) {
  const checks: [string, string[]][] = [
    ['publint', ['run', '--strict', tarball]],
    ['attw', [tarball, '--profile', 'esm-only']],
  ];
  for (const [command, args] of checks) {
    const { status, stdout, stderr } = await runCommand(tool(command), args, { cwd: root });
    if (status === 0) continue;
    process.exitCode = 1;
    console.error(`${command} refuses ${name}:\n${stdout}${stderr}`);
  }
  console.log(`${name}: checked`);
}
for (const tarball of Object.values(tarballs)) rmSync(dirname(tarball), { recursive: true, force: true });
