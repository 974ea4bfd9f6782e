// The rules of imports: downwards only, packages that are allowed, no aliases, no barrels, no cycles.

import { posix } from 'node:path';
import { children, type Finding, type Import, type Module, textOf } from './module.ts';
import { mayImport, roomOf } from './rooms.ts';

/** What the rules need to know beside the file. */
export type Surroundings = {
  /** Every file of the trees, from the project's root. */
  readonly files: ReadonlySet<string>;
  /** The packages that are shipped with the project: its `dependencies`. */
  readonly packages: ReadonlySet<string>;
};

/** Checks what one file imports. */
export function checkImports(module: Module, around: Surroundings): readonly Finding[] {
  const room = roomOf(module.path);
  if (room === null) return [{ path: module.path, line: 1, rule: 'stands in no room of the table' }];
  const findings = module.imports.flatMap((found) => {
    const rule = breach(module.path, found, around);
    return rule === null ? [] : [{ path: module.path, line: found.line, rule }];
  });
  if (isBarrel(module)) findings.push({ path: module.path, line: 1, rule: 'is a barrel: it only re-exports' });
  return findings;
}

/** Finds rings of imports, types included; each is reported once, at the import that leads into it. */
export function checkCycles(modules: readonly Module[]): readonly Finding[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (module: Module, trail: readonly string[]): void => {
    for (const { specifier, line } of module.imports) {
      const target = specifier?.startsWith('.') ? resolveImport(module.path, specifier) : null;
      const next = target === null ? undefined : byPath.get(target);
      if (next === undefined || done.has(next.path)) continue;
      const path = [...trail, module.path];
      if (path.includes(next.path)) {
        const ring = [...path.slice(path.indexOf(next.path)), next.path];
        findings.push({ path: module.path, line, rule: `imports in a ring: ${ring.join(' → ')}` });
      } else visit(next, path);
    }
    done.add(module.path);
  };
  for (const module of modules) if (!done.has(module.path)) visit(module, []);
  return findings;
}

function breach(path: string, { specifier, names }: Import, { files, packages }: Surroundings): string | null {
  const room = roomOf(path);
  const isPure = room?.kind === 'pure';
  if (specifier === null) return isPure ? 'imports at run time in a pure room' : null;
  if (isPure && names.some((name) => /^(randomBytes|getRandomValues)$/.test(name))) return 'imports randomness';
  if (specifier.startsWith('node:')) return isPure ? `imports ${specifier} in a pure room` : null;
  if (specifier.startsWith('.')) {
    const target = resolveImport(path, specifier);
    if (!files.has(target)) return `imports ${target}, which is not in node/, sim/ or scenarios/`;
    return mayImport(path, target) ? null : `may not import ${target}`;
  }
  const name = packageOf(specifier);
  if (!packages.has(name)) return `imports '${specifier}': an alias, or a package that is not shipped`;
  const isListed = room?.packages.includes(name) === true;
  const isOpen = room?.kind === 'impure' && !path.startsWith('scenarios/');
  return isListed || isOpen ? null : `imports the package ${name}, which is not on its room's list`;
}

function resolveImport(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** True of a file whose every statement passes on what other files define. */
function isBarrel({ body }: Module): boolean {
  const imported = new Set(
    body
      .filter((statement) => statement.type === 'ImportDeclaration')
      .flatMap((statement) => children(statement, 'specifiers'))
      .map((specifier) => textOf(children(specifier, 'local')[0], 'name')),
  );
  const passesOn = (statement: Module['body'][number]): boolean => {
    if (statement.type === 'ExportAllDeclaration') return true;
    if (statement.type !== 'ExportNamedDeclaration' || children(statement, 'declaration').length > 0) return false;
    if (children(statement, 'source').length > 0) return true;
    const locals = children(statement, 'specifiers').map((s) => textOf(children(s, 'local')[0], 'name'));
    return locals.length > 0 && locals.every((name) => imported.has(name));
  };
  const rest = body.filter((statement) => statement.type !== 'ImportDeclaration');
  return rest.length > 0 && rest.every(passesOn);
}
