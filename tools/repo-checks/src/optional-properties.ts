import ts from 'typescript';

/**
 * The optional properties in declarations whose type lacks `undefined`. With `exactOptionalPropertyTypes` a user cannot pass a
 * value to them that may be undefined.
 */
export function exactOptionalProperties(declarations: string): string[] {
  const source = ts.createSourceFile('public-api.d.ts', declarations, ts.ScriptTarget.Latest, true);
  const aliases = new Map<string, ts.TypeNode>();
  for (const statement of source.statements) {
    if (ts.isTypeAliasDeclaration(statement)) aliases.set(statement.name.text, statement.type);
  }
  const takesUndefined = (type: ts.TypeNode | undefined): boolean => {
    // An inferred type is that of the argument.
    if (!type || ts.isInferTypeNode(type)) return true;
    if (ts.isUnionTypeNode(type)) return type.types.some(takesUndefined);
    const alias = ts.isTypeReferenceNode(type) ? aliases.get(type.typeName.getText(source)) : undefined;
    if (alias) return takesUndefined(alias);
    const { AnyKeyword, UndefinedKeyword, UnknownKeyword } = ts.SyntaxKind;
    return [AnyKeyword, UndefinedKeyword, UnknownKeyword].includes(type.kind);
  };
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isOptional = ts.isPropertySignature(node) && node.questionToken !== undefined;
    if (isOptional && !takesUndefined(node.type)) found.push(node.getText(source).split('\n', 1)[0]!);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
