import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Manifest {
  /** What is published, beside what always is. */
  readonly files?: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publishConfig?: { readonly exports: Readonly<Record<string, unknown>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  readonly folder: string;
  readonly path: string;
  readonly manifest: Manifest;
}

export const root: string = resolve(import.meta.dirname, '../../..');

export const scope = '@stateful-route/';

/** The path of a tool that is installed at the root. */
export const tool = (name: string): string => join(root, 'node_modules/.bin', name);

/** Node's options to run a program on the sources of this workspace, without a build. */
export const fromSource: readonly string[] = [
  '--conditions=@stateful-route/source',
  '--import',
  '@oxc-node/core/register',
];

/** Every package below `packages/`, also private ones. */
export function allPackages(): WorkspacePackage[] {
  const parent = join(root, 'packages');
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => {
      const path = join(parent, entry.name);
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
      return { folder: entry.name, path, manifest };
    });
}

/** Every published package. */
export function publishedPackages(): WorkspacePackage[] {
  return allPackages().filter(({ manifest }) => manifest.private !== true);
}
