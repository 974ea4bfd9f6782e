// A planted bug: edits to a copy of the tree, each of a text that stands in its file exactly once. A text that is no longer there, or there
// twice, is a failure: a mutant that plants nothing proves nothing.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaneName } from '../../sim/explore/lane.ts';

/** What a bug breaks: something that must never happen, or something that must happen in the end. */
export type Kind = 'safety' | 'liveness';

/** One replacement in a file. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };

export type Mutant = {
  readonly name: string;
  /** What a programmer might have thought, or forgotten. */
  readonly mistake: string;
  readonly kind: Kind;
  readonly edits: readonly Edit[];
  /** The lane that can show it; the model lane unless the real machine or real signatures are needed. */
  readonly lane?: LaneName;
};

/** An edit whose text is not in its file exactly once. */
export class StalePatchError extends Error {
  override readonly name = 'StalePatchError';
}

/** Plants a bug in the tree under `folder`. */
export async function plant(folder: string, { name, edits }: Mutant): Promise<void> {
  for (const { file, find, replace } of edits) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, replaceOnce(text, find, replace, `${name}: ${file}`));
  }
}

/** The text with its one occurrence of `find` replaced. StalePatchError where there is none, or more than one. */
export function replaceOnce(text: string, find: string, replace: string, where: string): string {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new StalePatchError(`${where}: the text to replace stands there ${parts.length - 1} times: ${find.trim()}`);
}
