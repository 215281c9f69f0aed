import ts from 'typescript';

/** JavaScript of a program with decorators. */
export const transpile = (program: string, module: ts.ModuleKind = ts.ModuleKind.ESNext): string =>
  ts.transpileModule(program, {
    compilerOptions: {
      module,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  }).outputText;
