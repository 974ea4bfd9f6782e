// A word with what belongs to it: a mapping that has exactly one of several keys, and perhaps `on` beside it.

import { z } from 'zod';
import { nodes } from './leaves.ts';

export type Words<T> = Readonly<Record<string, z.ZodType<T>>>;

/** What a word says, still without the nodes of which it is said; null where none are named. */
export type SaidOf<T> = (nodes: readonly string[] | null) => T;

/** A mapping with exactly one of these words; what its schema gives is the result. */
export function oneWord<T>(words: Words<T>) {
  return z
    .strictObject(optional(words), { error: shapeError(words) })
    .transform((written, context): T => only(words, written, context)?.value ?? z.NEVER)
    .meta({ minProperties: 1, maxProperties: 1 });
}

/** The same with `on` beside it, which names the nodes. Some words have none: they speak of the network, or name their nodes themselves. */
export function oneWordOn<T>(words: Words<SaidOf<T>>, withoutOn: readonly string[]) {
  const on = nodes
    .optional()
    .meta({ description: 'Of which nodes it is said. Left away: of all that run, and of an event of any one.' });
  return z
    .strictObject({ ...optional(words), on }, { error: shapeError(words) })
    .transform((written, context): T => {
      const said = only(words, written, context);
      if (said === null) return z.NEVER;
      const names = on.parse(written['on']) ?? null;
      if (names !== null && withoutOn.includes(said.word)) {
        context.addIssue({ code: 'custom', message: `'${said.word}' has no nodes beside it`, path: ['on'] });
      }
      return said.value(names);
    })
    .meta({ minProperties: 1, maxProperties: 2 });
}

function optional<T>(words: Words<T>): Record<string, z.ZodOptional<z.ZodType<T>>> {
  return Object.fromEntries(Object.entries(words).map(([word, schema]) => [word, schema.optional()]));
}

function shapeError<T>(words: Words<T>) {
  const message = expected(words);
  return ({ code }: { readonly code?: string }): string | undefined =>
    code === 'invalid_type' || code === 'unrecognized_keys' ? message : undefined;
}

function expected<T>(words: Words<T>): string {
  return `expected one of ${Object.keys(words).join(', ')}`;
}

type Issues = { readonly addIssue: (issue: { code: 'custom'; message: string; path?: string[] }) => void };

function only<T>(
  words: Words<T>,
  written: Readonly<Record<string, unknown>>,
  context: Issues,
): { readonly word: string; readonly value: T } | null {
  const [word, another] = Object.keys(words).filter((name) => written[name] !== undefined);
  if (word === undefined) {
    context.addIssue({ code: 'custom', message: expected(words) });
    return null;
  }
  if (another !== undefined) {
    const message = `'${word}' and '${another}' together: expected one of them, and the other behind it`;
    context.addIssue({ code: 'custom', message, path: [another] });
    return null;
  }
  return { word, value: written[word] as T }; // what stands under a word is what its schema gave
}
