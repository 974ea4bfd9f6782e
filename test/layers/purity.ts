// What a pure room may not contain: clocks, randomness, promises, the operating system, fractions, and orders that depend on a language.

import { children, type Finding, type Module, type Node, textOf, walk } from './module.ts';
import { INTEGER_FILE, roomOf } from './rooms.ts';

/** Names of the surroundings that a pure room must not know, and why. A local of the same name is reported too: it would mislead. */
const BANNED_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'a clock': ['Date', 'performance', 'Temporal'],
    'a timer': ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
    'a task for later': ['queueMicrotask', 'requestAnimationFrame', 'Promise', 'AbortSignal', 'fetch'],
    randomness: ['crypto', 'randomBytes', 'getRandomValues'],
    'the operating system': ['process', 'console', 'Buffer', 'require', 'globalThis', 'window', 'navigator'],
    'code from text': ['eval', 'Function'],
    'a language of people': ['Intl'],
    'the garbage collector': ['WeakRef', 'FinalizationRegistry'],
    'a fraction': ['parseFloat'],
  }).flatMap(([why, names]) => names.map((name) => [name, why] as const)),
);

/** Members that are banned on whatever they are asked of. */
const BANNED_MEMBERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    randomness: ['randomBytes', 'getRandomValues', 'randomSecretKey', 'randomPrivateKey', 'keygen'],
    'a language of people': ['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'],
    'a fraction': ['parseFloat'],
  }).flatMap(([why, names]) => names.map((name) => [name, why] as const)),
);

const MATH_ALLOWED = new Set(['floor', 'min', 'max', 'imul', 'clz32']);

/** Checks one file. A file of an impure room has nothing to fear, nor has a file of declarations. */
export function checkPurity(module: Module): readonly Finding[] {
  const { path } = module;
  if (roomOf(path)?.kind !== 'pure' || path.endsWith('.d.ts')) return [];
  const findings: Finding[] = [];
  const mayDivide = path === INTEGER_FILE;
  for (const statement of module.body) {
    walk(statement, null, '', (node, parent, field) => {
      const rule = banOf(node, parent, field) ?? (mayDivide ? null : fractionOf(node, parent));
      if (rule !== null) findings.push({ path, line: module.lineOf(node), rule });
    });
  }
  return findings;
}

function banOf(node: Node, parent: Node | null, field: string): string | null {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node['async'] === true ? 'has an async function' : null;
    case 'AwaitExpression':
      return 'awaits';
    case 'ForOfStatement':
      return node['await'] === true ? 'awaits' : null;
    case 'MemberExpression': {
      const member = memberName(node);
      const why = member === null ? undefined : BANNED_MEMBERS.get(member);
      return why === undefined ? null : `uses .${member}: ${why}`;
    }
    case 'Identifier': {
      const name = textOf(node, 'name') ?? '';
      const why = isLabel(parent, field) ? undefined : BANNED_NAMES.get(name);
      return why === undefined ? null : `uses ${name}: ${why}`;
    }
    default:
      return null;
  }
}

function fractionOf(node: Node, parent: Node | null): string | null {
  switch (node.type) {
    case 'BinaryExpression':
      return node['operator'] === '/' ? 'divides with /' : null;
    case 'AssignmentExpression':
      return node['operator'] === '/=' ? 'divides with /=' : null;
    case 'Literal':
      return isFraction(node) ? `has the decimal literal ${textOf(node, 'raw')}` : null;
    case 'Identifier': {
      if (node['name'] !== 'Math') return null;
      const member = parent?.type === 'MemberExpression' && parent['object'] === node ? memberName(parent) : null;
      return member !== null && MATH_ALLOWED.has(member) ? null : `uses Math.${member ?? '?'}`;
    }
    default:
      return null;
  }
}

/** The name after the point, or the text between the brackets; null for any other expression there. */
function memberName(node: Node): string | null {
  const [property] = children(node, 'property');
  return node['computed'] === true ? textOf(property, 'value') : textOf(property, 'name');
}

function isFraction(node: Node): boolean {
  if (typeof node['value'] !== 'number') return false;
  const raw = textOf(node, 'raw') ?? '';
  return /^[\d_]*\./.test(raw) || !Number.isInteger(node['value']) || /^[\d_]+e-/i.test(raw);
}

/** Whether an identifier in this place names a member or a field rather than something in scope. */
function isLabel(parent: Node | null, field: string): boolean {
  if (parent === null) return false;
  switch (parent.type) {
    case 'MemberExpression':
      return field === 'property' && parent['computed'] !== true;
    case 'Property':
      return field === 'key' && parent['computed'] !== true;
    case 'PropertyDefinition':
    case 'MethodDefinition':
    case 'TSPropertySignature':
    case 'TSMethodSignature':
      return field === 'key' && parent['computed'] !== true;
    case 'TSQualifiedName':
      return field === 'right';
    case 'TSNamedTupleMember':
      return field === 'label';
    case 'ImportSpecifier':
      return field === 'imported';
    case 'ExportSpecifier':
      return field === 'exported';
    default:
      return false;
  }
}
