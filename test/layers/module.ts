// One source file as the layer test sees it: its syntax tree, walked, and what it imports and exports. Real syntax, no patterns over text.

import { parseAst } from 'vitest/node';

/** A node of the syntax tree (ESTree with TypeScript's own nodes). */
export type Node = { readonly type: string; readonly start: number; readonly [field: string]: unknown };

export type Import = {
  /** As it is written; null where it is worked out at run time. */
  readonly specifier: string | null;
  /** The names that are taken from it, by the names that it gives them. */
  readonly names: readonly string[];
  readonly line: number;
};

export type Module = {
  /** From the project's root, with slashes. */
  readonly path: string;
  readonly body: readonly Node[];
  readonly imports: readonly Import[];
  readonly lineOf: (node: Node) => number;
};

/** What is wrong with a file, and where. */
export type Finding = { readonly path: string; readonly line: number; readonly rule: string };

/** Parses a file. Throws where it is not TypeScript. */
export function parseModule(path: string, source: string): Module {
  const program: unknown = parseAst(source, { lang: 'ts' });
  const body = isNode(program) ? children(program, 'body') : [];
  const lineOf = (node: Node): number => source.slice(0, node.start).split('\n').length;
  const imports: Import[] = [];
  for (const statement of body) {
    walk(statement, null, '', (node) => {
      const found = importOf(node);
      if (found !== null) imports.push({ ...found, line: lineOf(node) });
    });
  }
  return { path, body, imports, lineOf };
}

/** Calls the visitor for a node and everything below it, with its parent and the field it stands in. */
export function walk(
  node: Node,
  parent: Node | null,
  field: string,
  visit: (node: Node, parent: Node | null, field: string) => void,
): void {
  visit(node, parent, field);
  for (const key of Object.keys(node)) for (const child of children(node, key)) walk(child, node, key, visit);
}

/** The nodes that stand in a field, be it one or a list. */
export function children(node: Node, field: string): readonly Node[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [];
}

export function textOf(node: Node | undefined, field: string): string | null {
  const value = node?.[field];
  return typeof value === 'string' ? value : null;
}

function importOf(node: Node): Omit<Import, 'line'> | null {
  const [source] = children(node, 'source');
  const specifier = textOf(source, 'value');
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier, names: children(node, 'specifiers').map(givenName) };
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return source === undefined ? null : { specifier, names: children(node, 'specifiers').map(givenName) };
    case 'ImportExpression':
    case 'TSImportType':
      return { specifier, names: [] };
    case 'TSExternalModuleReference':
      return { specifier: textOf(children(node, 'expression')[0], 'value'), names: [] };
    default:
      return null;
  }
}

function givenName(specifier: Node): string {
  const [name] = [...children(specifier, 'imported'), ...children(specifier, 'local')];
  return textOf(name, 'name') ?? '*';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
