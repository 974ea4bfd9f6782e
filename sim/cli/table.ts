// The live table of `lockstep up`: one line a node, the comparison of state roots, and what happened last. It draws what the nodes
// report, never what somebody intended.

import { stripVTControlCharacters, styleText } from 'node:util';
import { short } from './output.ts';
import type { Row } from './status-source.ts';

export type TableState = {
  readonly rows: readonly Row[];
  readonly nameOf: ReadonlyMap<string, string>;
  /** The last lines of the story, newest last. */
  readonly story: readonly string[];
};

const HEAD = ['node', 'height', 'head', 'sealer', 'turn', 'state root', 'agreement', 'peers', 'pending'] as const;

/** The table as lines of text, with colours where the terminal has them. */
export function drawTable({ rows, nameOf, story }: TableState): string[] {
  const agreement = compareRows(rows);
  const cells = rows.map((row) => cellsOf(row, nameOf, agreement));
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => stripVTControlCharacters(line[column] ?? '').length)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - stripVTControlCharacters(text).length)))
      .join('  ');
  return [styleText('bold', line(HEAD)), ...cells.map(line), '', ...story];
}

/** Who agrees with whom, by name: nodes at one height are compared by root, others by whether they follow. */
export function compareRows(rows: readonly Row[]): ReadonlyMap<string, string> {
  const up = rows.filter((row) => row.status !== null);
  const top = Math.max(0, ...up.map((row) => row.status?.height ?? 0));
  const rootsByHead = new Map<string, Set<string>>();
  for (const { status } of up) {
    if (status === null) continue;
    const roots = rootsByHead.get(status.hash) ?? new Set();
    rootsByHead.set(status.hash, roots.add(status.stateRoot));
  }
  const hashesAt = (height: number): Set<string> =>
    new Set(up.filter((row) => row.status?.height === height).map((row) => row.status?.hash ?? ''));
  return new Map(
    rows.map(({ name, state, status }) => {
      if (status === null) return [name, state === 'up' ? 'no answer' : state];
      if ((rootsByHead.get(status.hash)?.size ?? 0) > 1) return [name, 'DIVERGED'];
      if (status.halted !== null)
        return [name, `halted: ${status.halted.signers} signers, ${status.halted.needed} needed`];
      if (hashesAt(status.height).size > 1) return [name, 'fork'];
      return [name, status.height === top ? 'agrees' : `${top - status.height} behind`];
    }),
  );
}

function cellsOf(row: Row, nameOf: ReadonlyMap<string, string>, agreement: ReadonlyMap<string, string>): string[] {
  const says = agreement.get(row.name) ?? '';
  const { status } = row;
  if (status === null) return [row.name, '-', '-', '-', '-', '-', styleText('yellow', says), '-', '-'];
  return [
    row.name,
    String(status.height),
    short(status.hash),
    status.height === 0 ? '-' : (nameOf.get(status.sealer) ?? short(status.sealer)),
    status.height === 0 ? '-' : status.inTurn ? 'in' : 'out',
    short(status.stateRoot),
    styleText(colourOf(says), says),
    String(status.peers),
    String(status.pending),
  ];
}

function colourOf(says: string): 'green' | 'yellow' | 'red' {
  if (says === 'agrees') return 'green';
  return says === 'DIVERGED' || says === 'fork' || says.startsWith('halted') ? 'red' : 'yellow';
}
