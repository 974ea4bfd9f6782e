// Reads a scenario's YAML. Whatever is wrong is told with file, line and column, one line each, as an editor or a CI log can point at it.

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Tags,
  type Document as YamlDocument,
} from 'yaml';
import type { z } from 'zod';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { checkNames } from './check-names.ts';
import { scriptSchema } from './schema.ts';
import type { Script } from './script.ts';

const INT_TAG = 'tag:yaml.org,2002:int';
/** More than any story: what is larger is no scenario. */
const TEXT_MAX = 4_000_000;
/** Of the problems of one file so many are told. */
const PROBLEMS_MAX = 20;
/** Of what stands in the file so much is repeated in a line. */
const QUOTE_MAX = 60;

/** The scenario of a YAML text; NetworkError with all that is wrong, a line each, where it is none. `file` is the name it is told by. */
export function readScript(text: string, file: string): Script {
  const found = parseScript(text, file);
  if (!Array.isArray(found)) return found;
  const lines = found.slice(0, PROBLEMS_MAX);
  if (found.length > PROBLEMS_MAX) lines.push(`${file}: and ${found.length - PROBLEMS_MAX} more`);
  throw new NetworkError('usage', lines.join('\n'));
}

/** An address or call data without quotes is text here, where YAML's ordinary schema would make a rounded number of it. */
function withoutHexNumbers(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || tag.tag !== INT_TAG || tag.format === undefined);
}

/** The scenario, or the lines on what is wrong. */
function parseScript(text: string, file: string): Script | string[] {
  if (text.length > TEXT_MAX) return [`${file}: longer than ${TEXT_MAX} characters`];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, customTags: withoutHexNumbers });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return broken.map(({ pos, message }) => `${at(pos[0])}: ${inOneLine(message)}`);
  if (document.contents === null) return [`${file}:1:1: nothing in it; expected a scenario`];

  const told = (path: readonly PropertyKey[], message: string): string => {
    const { offset, quote } = placeOf(document, path);
    const key = path.findLast((part) => typeof part === 'string');
    const what = [...(key === undefined ? [] : [String(key)]), ...(quote === null ? [] : [`'${quote}'`])].join(' ');
    return `${at(offset)}: ${what === '' ? '' : `${what}: `}${message}`;
  };
  let written: unknown;
  try {
    written = document.toJS();
  } catch (error) {
    return [`${file}:1:1: ${inOneLine(messageOf(error))}`]; // aliases that would grow without bound
  }
  const parsed = scriptSchema.safeParse(written);
  if (!parsed.success) {
    return withoutEchoes(parsed.error.issues)
      .flatMap((issue) => flatten(issue, []))
      .map(({ path, message }) => told(path, message));
  }
  const problems = checkNames(parsed.data);
  if (problems.length > 0) return problems.map(({ path, message }) => told(path, message));
  const { timeline, ...rest } = parsed.data;
  return { ...rest, timeline: timeline.map((step) => ({ ...step, do: step.do.flat() })) };
}

type Flat = { readonly path: readonly PropertyKey[]; readonly message: string };
type Issue = z.core.$ZodIssue;

/** An issue as lines: an unknown word is told where it stands, and of alternatives the one that was meant. */
function flatten(issue: Issue, above: readonly PropertyKey[]): readonly Flat[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const expected = issue.message.startsWith('expected') ? `; ${issue.message}` : '';
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown word${expected}` }));
  }
  if (issue.code !== 'invalid_union') return [{ path, message: plain(issue.message) }];
  // An alternative whose trouble lies deeper was the one that was meant; else what the whole says, or its last one.
  const branches = issue.errors.map(withoutEchoes);
  const meant = branches.find((issues) =>
    issues.every((one) => one.path.length > 0 || one.code === 'unrecognized_keys'),
  );
  if (meant !== undefined && meant.length > 0) return meant.flatMap((one) => flatten(one, path));
  if (issue.message !== 'Invalid input') return [{ path, message: plain(issue.message) }];
  return (branches.at(-1) ?? []).flatMap((one) => flatten(one, path));
}

/** Where a word is unknown, that no known one stands beside it is the same trouble. */
function withoutEchoes(issues: readonly Issue[]): readonly Issue[] {
  const unknown = issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('.'));
  return issues.filter(({ code, path }) => code !== 'custom' || !unknown.includes(path.join('.')));
}

/** zod's own sentences in the words of this house. */
function plain(message: string): string {
  return inOneLine(message)
    .replace(/^(Invalid (input|option)|Too (big|small)): /, '')
    .replace('expected int,', 'expected a whole number,')
    .replace(/expected number to be ([<>]=?)(\S+)/, 'expected a number $1 $2')
    .replace(/, received \w+$/, '')
    .replaceAll('"|"', ', ')
    .replaceAll('"', '');
}

/** Where a path leads in the file, as far as it goes: the offset there, and the text of a scalar. */
function placeOf(
  document: YamlDocument,
  path: readonly PropertyKey[],
): { readonly offset: number; readonly quote: string | null } {
  let node: unknown = document.contents;
  let offset = rangeOf(node)?.[0] ?? 0;
  for (const part of path) {
    const holder: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) return { offset, quote: null };
      node = pair.value;
      offset = rangeOf(pair.key)?.[0] ?? offset;
    } else if (isSeq(holder) && typeof part === 'number') {
      node = holder.items[part];
      offset = rangeOf(node)?.[0] ?? offset;
    } else return { offset, quote: null };
  }
  if (!isScalar(node) || node.value === null) return { offset, quote: null };
  return { offset: rangeOf(node)?.[0] ?? offset, quote: inOneLine(String(node.value)).slice(0, QUOTE_MAX) };
}

function rangeOf(node: unknown): Node['range'] {
  return typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : null; // only nodes have one
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
