import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { allPackages, publishedPackages, root } from '../src/workspace.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'apps/bench/README.md',
  'apps/chaos/README.md',
  'apps/demo/README.md',
  'apps/simulate/README.md',
  'examples/README.md',
  'tools/repo-checks/README.md',
  ...allPackages().map(({ folder }) => `packages/${folder}/README.md`),
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
].filter((page) => existsSync(join(root, page)));

const textOf = (file: string): string => readFileSync(file, 'utf8').replaceAll(/^```[^]*?^```/gm, '');

/** The anchors of a page's headings, as they are made where the pages are read. */
function anchorsOf(file: string): string[] {
  const headings = textOf(file).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

const linksOf = (file: string): string[] =>
  [...textOf(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);

it.each(pages)('%s links to what is there', (page) => {
  const file = join(root, page);
  const broken = linksOf(file).filter((link) => {
    const [path = '', anchor] = link.split('#', 2);
    const target = path === '' ? file : resolve(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});

const foldersOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
const topFolders = foldersOf('.');
const packages = foldersOf('packages');

/**
 * Paths in backticks, from the root: what begins with a folder of the root or, on the pages of `docs`, with a package's, and
 * there every other source file.
 */
function pathsOf(page: string): string[] {
  const quoted = [...textOf(join(root, page)).matchAll(/`([\w.@-]+(?:\/[\w.@-]+)+\/?)`/g)].map(
    ([, path = '']) => path,
  );
  const isSource = (path: string): boolean =>
    page.startsWith('docs/') && /\.(?:ts|mjs|lua|md|json)$/.test(path);
  return quoted
    .filter((path) => topFolders.includes(path.split('/')[0]!) || isSource(path))
    .map((path) => (packages.includes(path.split('/')[0]!) ? `packages/${path}` : path));
}

it.each(pages)('%s names no file that is not there', (page) => {
  expect(pathsOf(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** A package has nothing beside it where it is installed, but what it ships: any other path would lead nowhere. */
it.each(publishedPackages())(
  'the README of $manifest.name links to its own headings and pictures only',
  ({ path, manifest }) => {
    const ships = (link: string): boolean =>
      link.endsWith('.png') && manifest.files?.includes(link.split('/')[0]!) === true;
    const links = linksOf(join(path, 'README.md'));
    expect(links.filter((link) => !link.startsWith('#') && !ships(link))).toEqual([]);
  },
);
