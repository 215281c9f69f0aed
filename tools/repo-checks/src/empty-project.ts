import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './run-command.ts';

interface Lockfile {
  readonly packages: Readonly<Record<string, unknown>>;
}

/** What Node takes a project's `.js` files for. */
export type ModuleType = 'module' | 'commonjs';

/** A user's project with nothing in it, outside of the workspace. */
export class EmptyProject {
  readonly path: string = mkdtempSync(join(tmpdir(), 'project-'));

  /**
   * Installs what `dependencies` names. Whoever else asks for a package of `instead` gets that too: nobody asks the
   * registry for packages of this workspace.
   */
  async install(
    dependencies: Readonly<Record<string, string>>,
    instead: Readonly<Record<string, string>>,
    type: ModuleType = 'module',
  ): Promise<void> {
    const manifest = { name: 'project', private: true, type, dependencies, overrides: instead };
    this.write('package.json', JSON.stringify(manifest));
    await this.run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline']);
  }

  /** The names of all packages that were installed, whoever asked for them. */
  installed(): string[] {
    const lockfile = JSON.parse(
      readFileSync(join(this.path, 'node_modules/.package-lock.json'), 'utf8'),
    ) as Lockfile;
    return Object.keys(lockfile.packages)
      .map((path) => path.replace(/^.*node_modules\//, ''))
      .toSorted();
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    return mustRun(command, args, { cwd: this.path, env });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
