import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './run-command.ts';

interface Lockfile {
  readonly packages: Readonly<Record<string, unknown>>;
}

/** The module type of a project's `.js` files. */
export type ModuleType = 'module' | 'commonjs';

/** An empty user's project outside of the workspace. */
export class EmptyProject {
  readonly path: string = mkdtempSync(join(tmpdir(), 'project-'));

  /**
   * Installs `dependencies`. Indirect dependencies on a package of `instead` get that one too, so that packages of this workspace
   * never come from the registry.
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

  /** The names of all installed packages, indirect ones too. */
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
