// What commands print: results on standard output, as lines for people or one JSON object a line; progress on standard error.

import { moduleEnding } from '../../node/lib/sibling.ts';

/** How a person calls this command here: through npm's scripts in the project's own tree, and by its name where it is installed. */
export const COMMAND = moduleEnding(import.meta.url) === '.ts' ? 'npm run lockstep --' : 'npx lockstep';

/** Where a command's results go. */
export type Output = {
  readonly json: boolean;
  /** A result: `line` for people, `value` as JSON. A null line prints nothing for people. */
  readonly result: (value: Readonly<Record<string, unknown>>, line: string | null) => void;
  /** Progress, for people only. */
  readonly progress: (line: string) => void;
};

export function createOutput(options: { readonly json: boolean }): Output {
  return {
    json: options.json,
    result(value, line) {
      if (options.json) process.stdout.write(`${toJson(value)}\n`);
      else if (line !== null) process.stdout.write(`${line}\n`);
    },
    progress(line) {
      process.stderr.write(`${line}\n`);
    },
  };
}

/** JSON in one line; bigints as decimal text, maps as objects. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString();
    return inner instanceof Map ? Object.fromEntries(inner) : inner;
  });
}

/** A hash as people compare it: its first eight digits. */
export function short(hash: string | null | undefined): string {
  return typeof hash === 'string' ? hash.slice(2, 10) : '-';
}

/** A word as a shell takes it for one. */
export function shellWord(word: string): string {
  return /^[\w./:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
