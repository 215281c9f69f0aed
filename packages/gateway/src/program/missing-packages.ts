/**
 * The names of the packages that are missing, also those that the loaded ones need. Any other failure is thrown.
 *
 * @param loads - each imports one package.
 */
export async function missingPackages(loads: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const missing = new Set<string>();
  for (const load of loads) {
    try {
      await load();
    } catch (error) {
      missing.add(missingName(error));
    }
  }
  return [...missing];
}

function missingName(error: unknown): string {
  const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string };
  const [, name] =
    code === 'ERR_MODULE_NOT_FOUND' ? (/^Cannot find package '([^']+)'/.exec(message) ?? []) : [];
  if (name === undefined) throw error;
  return name;
}

/** Says how to install packages. */
export function installMessage(missing: readonly string[]): string {
  const list = missing.join(' and ');
  const [verb, command] = [missing.length === 1 ? 'is' : 'are', `npm install ${missing.join(' ')}`];
  return `error: ${list} ${verb} not installed. Run: ${command}\n`;
}
