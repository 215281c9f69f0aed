import { sep } from 'node:path';
import ts from 'typescript';
import { compilerOptions, entryPoints, exportsOf, namedTypes, target } from './public-api.ts';
import { publishedPackages, type WorkspacePackage } from './workspace.ts';

/**
 * The types that signatures of a package name and that no entry of `exporters` exports, of the published packages: users cannot
 * name these. Each with the export that needs it, as `createThing: ThingOptions`.
 */
export function unnameableTypes(of: WorkspacePackage, exporters: readonly WorkspacePackage[]): string[] {
  const own = entryPoints(of).map((entry) => entry.file);
  const files = exporters.flatMap((one) => entryPoints(one).map((entry) => entry.file));
  const program = ts.createProgram([...own, ...files], compilerOptions());
  const checker = program.getTypeChecker();
  const nameable = new Set(files.flatMap((file) => exportsOf(program, file).map(({ symbol }) => symbol)));
  const found = new Set<string>();
  for (const { name, symbol } of own.flatMap((file) => exportsOf(program, file))) {
    const declarations = (symbol.declarations ?? []).filter((node) => isIn(of, node));
    for (const node of declarations.flatMap(namedTypes)) {
      const alias = checker.getSymbolAtLocation(node);
      const named = alias && target(checker, alias);
      // A type that a package only adds to, as to the request of Fastify, is declared elsewhere, too.
      if (named && !nameable.has(named) && named.declarations?.every(isOurs))
        found.add(`${name}: ${named.name}`);
    }
  }
  return [...found].toSorted();
}

const published = publishedPackages();

const isIn = (one: WorkspacePackage, node: ts.Node): boolean =>
  node.getSourceFile().fileName.startsWith(one.path + sep);

/** Whether it declares a type of a published package, not a type parameter. */
const isOurs = (node: ts.Node): boolean =>
  !ts.isTypeParameterDeclaration(node) && published.some((one) => isIn(one, node));
