import { join, sep } from 'node:path';
import ts from 'typescript';
import { root, type WorkspacePackage } from './workspace.ts';

const condition = '@stateful-route/source';

/** The file with a package's public API. */
export const publicApiFile = (of: WorkspacePackage): string => join(of.path, 'public-api.txt');

/** A package's public API as text: the declarations of all exports, and of the types they use, in a stable order. */
export function publicApi(of: WorkspacePackage): string {
  const entries = entryPoints(of);
  const program = ts.createProgram(
    entries.map((entry) => entry.file),
    compilerOptions(),
  );
  const exported = new Set(
    entries.flatMap(({ file }) => exportsOf(program, file).map(({ symbol }) => symbol)),
  );
  return entries
    .map((entry) => `// ${entry.name}\n\n${describeEntry(program, of, entry.file, exported).join('\n\n')}\n`)
    .join('\n');
}

export function entryPoints(of: WorkspacePackage): { name: string; file: string }[] {
  const { exports, publishConfig } = of.manifest;
  return Object.entries(exports).flatMap(([subpath, target]) => {
    // An entry that is not published is for the workspace only.
    if (publishConfig && !(subpath in publishConfig.exports)) return [];
    const source = typeof target === 'string' ? undefined : target[condition];
    return source === undefined
      ? []
      : [{ name: join(of.manifest.name, subpath), file: join(of.path, source) }];
  });
}

export function compilerOptions(): ts.CompilerOptions {
  const file = join(root, 'tsconfig.base.json');
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, undefined, file);
  return { ...options, composite: false, noEmit: true, experimentalDecorators: true, types: [] };
}

/** The original symbol of an import or a re-export. */
export const target = (checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** The exports of an entry point, by name. */
export function exportsOf(program: ts.Program, file: string): { name: string; symbol: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) return [];
  return checker
    .getExportsOfModule(module)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((symbol) => ({ name: symbol.name, symbol: target(checker, symbol) }));
}

/** @param known - the exports of all entries of the package, which are described there. */
function describeEntry(
  program: ts.Program,
  of: WorkspacePackage,
  file: string,
  known: ReadonlySet<ts.Symbol>,
): string[] {
  const checker = program.getTypeChecker();
  const own = (node: ts.Node): boolean => node.getSourceFile().fileName.startsWith(of.path + sep);
  const exported = exportsOf(program, file);
  if (exported.length === 0) return ['// nothing'];
  const seen = new Set(known);
  const hidden: ts.Symbol[] = [];

  const describe = (name: string, symbol: ts.Symbol): string => {
    const declarations = (symbol.declarations ?? []).filter(own);
    if (declarations.length === 0) return `export { ${name} } // of ${homeOf(symbol)}`;
    for (const node of declarations.flatMap(namedTypes)) {
      const found = checker.getSymbolAtLocation(node);
      const named = found && target(checker, found);
      if (!named || seen.has(named) || !named.declarations?.some((at) => own(at) && isTopLevel(at))) continue;
      seen.add(named);
      hidden.push(named);
    }
    return [...new Set(declarations.map(declarationText))].join('\n');
  };

  const lines = exported.map((entry) => describe(entry.name, entry.symbol));
  // Grows during the loop, by the types that a hidden type uses.
  const reached: string[] = [];
  for (const symbol of hidden) reached.push(describe(symbol.name, symbol));
  return reached.length === 0
    ? lines
    : [...lines, '// not exported, but part of the above', ...reached.toSorted()];
}

const statementOf = (node: ts.Node): ts.Node => (ts.isVariableDeclaration(node) ? node.parent.parent : node);

const isTopLevel = (node: ts.Node): boolean => ts.isSourceFile(statementOf(node).parent);

function homeOf(symbol: ts.Symbol): string {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? 'nowhere';
  return (
    /packages\/([^/]+)\/src/.exec(file)?.[1] ??
    /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ??
    file
  );
}

const isPrivate = (node: ts.Node): boolean =>
  ts.isClassElement(node) &&
  ((ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 ||
    (node.name !== undefined && ts.isPrivateIdentifier(node.name)));

const isInitializer = (node: ts.Node): boolean =>
  node.parent !== undefined && 'initializer' in node.parent && node.parent.initializer === node;

/** The names in a declaration's types, without bodies, values and private members. */
export function namedTypes(declaration: ts.Node): ts.Node[] {
  const names: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || isInitializer(node) || isPrivate(node)) return;
    if (ts.isTypeReferenceNode(node)) names.push(node.typeName);
    else if (ts.isExpressionWithTypeArguments(node)) names.push(node.expression);
    else if (ts.isTypeQueryNode(node)) names.push(node.exprName);
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return names;
}

const printer = ts.createPrinter({ removeComments: true });
const declarationFiles = new Map<string, ts.SourceFile>();

/** The declaration as a user's compiler reads it, without comments and private members. */
function declarationText(declaration: ts.Declaration): string {
  const source = declaration.getSourceFile();
  const file = declarationFile(source);
  const name = ts.getNameOfDeclaration(declaration)?.getText(source);
  const statements = file.statements.filter((statement) => declares(statement, name));
  if (statements.length === 0) throw new Error(`${source.fileName} declares no ${name}`);
  return statements
    .map((statement) => printer.printNode(ts.EmitHint.Unspecified, withoutPrivates(statement), file))
    .join('\n')
    .replaceAll(/^(export )?declare /gm, '$1');
}

function declares(statement: ts.Statement, name: string | undefined): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some(
      (one) => ts.isIdentifier(one.name) && one.name.text === name,
    );
  }
  return ts.isDeclarationStatement(statement) && statement.name?.getText() === name;
}

function declarationFile(source: ts.SourceFile): ts.SourceFile {
  const known = declarationFiles.get(source.fileName);
  if (known) return known;
  const { outputText } = ts.transpileDeclaration(source.text, {
    fileName: source.fileName,
    compilerOptions: { ...compilerOptions(), noEmit: false, declarationMap: false },
  });
  const made = ts.createSourceFile(source.fileName, outputText, ts.ScriptTarget.Latest, true);
  declarationFiles.set(source.fileName, made);
  return made;
}

function withoutPrivates(statement: ts.Statement): ts.Statement {
  if (!ts.isClassDeclaration(statement)) return statement;
  const { modifiers, name, typeParameters, heritageClauses, members } = statement;
  return ts.factory.updateClassDeclaration(
    statement,
    modifiers,
    name,
    typeParameters,
    heritageClauses,
    members.filter((member) => !isPrivate(member)),
  );
}
