// The live table of `lockstep up`: one line a node, the comparison of state roots, and what happened last. It draws what the nodes
// report, never what somebody intended.

import { stripVTControlCharacters, styleText } from 'node:util';
import type { Observation } from '../check/property.ts';
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

/** What an observation adds to the story; null for the many that are no news. */
export function storyLine(observation: Observation): string | null {
  const at = new Date(observation.atMs).toISOString().slice(11, 19);
  const text = newsOf(observation);
  return text === null ? null : `${styleText('dim', at)} ${text}`;
}

function newsOf(observation: Observation): string | null {
  switch (observation.kind) {
    case 'network':
      return describeOrder(observation.order);
    case 'process':
      return `${observation.node} ${observation.change}`;
    case 'event':
      return newsOfEvent(observation.node, observation.event);
    default:
      return null;
  }
}

function describeOrder(order: Extract<Observation, { kind: 'network' }>['order']): string {
  switch (order.kind) {
    case 'partition':
      return `network cut: ${order.groups.map((group) => group.join(',')).join(' / ')}`;
    case 'heal':
      return 'network healed';
    case 'link':
      return `link ${order.from} ${order.direction === 'both' ? '<>' : '>'} ${order.to}: ${JSON.stringify(order.shape)}`;
    case 'node':
      return `everything of ${order.node} is ${order.state}`;
  }
}

function newsOfEvent(node: string, event: Extract<Observation, { kind: 'event' }>['event']): string | null {
  switch (event.kind) {
    case 'head':
      if (event.undone.length === 0) return null;
      return styleText(
        'yellow',
        `${node} reorganised: ${event.undone.length} undone, ${event.redone.length} redone, head ${event.block.number} ${short(event.block.hash)}`,
      );
    case 'halted':
      return styleText(
        'red',
        `${node} halted at ${event.head.number}: ${event.signers} signers, ${event.needed} needed`,
      );
    case 'resumed':
      return styleText('green', `${node} goes on at ${event.head.number}`);
    case 'divergence': {
      const results = event.results.map((r) => `${r.node ?? short(r.nodeAddress)} ${short(r.stateRoot)}`).join(' / ');
      return styleText('red', `${node} sees a divergence at ${event.block.number} in ${event.field}: ${results}`);
    }
    case 'equivocation':
      return event.strength === 'proof'
        ? styleText('red', `${node} has proof of double sealing at ${event.number}`)
        : null;
    case 'host':
      return event.message;
    default:
      return null;
  }
}
