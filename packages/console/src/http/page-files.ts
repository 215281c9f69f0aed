import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};

/** Where the built page is, beside the sources and beside the built package. */
const FOLDER = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** A file of the page. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Its name has a hash of its content: it never changes. */
  readonly isHashed: boolean;
}

/** Reads the built page. Throws if it is not built. */
export function readPage(folder: string = FOLDER): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const path of listFiles(folder)) {
    const type = TYPES[extname(path)];
    if (type === undefined) continue;
    const body = Uint8Array.from(readFileSync(join(folder, path)));
    files.set(path === 'index.html' ? '' : path, { body, type, isHashed: path.startsWith('assets/') });
  }
  return files;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) =>
      path.replaceAll('\\', '/'),
    );
  } catch (error) {
    throw new Error(`The page of the console is not built: ${folder} is missing. Build it: pnpm build`, {
      cause: error,
    });
  }
}
