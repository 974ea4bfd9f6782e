// What is measured in a large network: how long blocks take to reach nodes, which of them end outside of the chain, and how far the nodes
// agree on their head. In ticks and per mille, so that every figure is a whole number.

import { bytesToHex, type Hex, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { divide, divideUp } from '../../node/lib/integer.ts';
import type { AttestingCounts } from './attesting.ts';
import type { Ledger, LedgerBlock } from './ledger.ts';
import { TICKS_PER_MS } from './regions.ts';
import type { SpreadCounts } from './spread.ts';

/** The middle value over blocks and the one that 95 of 100 do not exceed, ticks; null where there is none. */
export type Spell = { readonly median: number | null; readonly p95: number | null };

export type ScaleFigures = {
  readonly simulatedMs: number;
  /** Blocks that were sealed, and of them those that most nodes' chain does not have. */
  readonly blocks: number;
  readonly stale: number;
  /** Of the chain that most nodes have at the end. */
  readonly height: number;
  readonly transfers: number;
  /** From the seal until half of all nodes have taken the block, and until 95 % have: of the blocks that came so far. */
  readonly toHalf: Spell;
  readonly toMost: Spell;
  /** Nodes with the commonest head, per mille: the mean over time, the least, and now. */
  readonly agreement: { readonly mean: number; readonly least: number; readonly now: number };
  /** Of the time so much, per mille, in which 95 % of the nodes had one head. */
  readonly agreedTime: number;
  /** Moves of a node's head to a block that does not stand on it. */
  readonly reorganisations: number;
  readonly spread: SpreadCounts;
  readonly attestations: AttestingCounts;
  /** Over every block, its times and all heads: equal digests mean equal runs. */
  readonly digest: Hex;
};

export type Figures = {
  readonly sealed: (block: LedgerBlock, tick: number) => void;
  /** One more node has taken the block: `have` have it now. */
  readonly taken: (block: LedgerBlock, have: number, tick: number) => void;
  /** A node's head moves: `up` to a child of the old one, `over` to any other block. */
  readonly headMoved: (move: {
    readonly from: number;
    readonly to: number;
    readonly how: 'up' | 'over';
    readonly tick: number;
  }) => void;
  readonly read: (parts: {
    readonly ledger: Ledger;
    readonly spread: SpreadCounts;
    readonly attestations: AttestingCounts;
    readonly ticks: number;
  }) => ScaleFigures;
};

/** "Most" nodes, percent. */
const MOST_PERCENT = 95;

type Times = { readonly sealedAt: number; half: number | null; most: number | null };

export function createFigures(nodes: number): Figures {
  const half = divideUp(nodes, 2);
  const most = divideUp(nodes * MOST_PERCENT, 100);
  const times = new Map<number, Times>();
  /** Nodes by the id of their head, where there are any. */
  const heads = new Map<number, number>([[0, nodes]]);
  let reorganisations = 0;
  /** Sums over ticks, and up to which one. */
  let counts = 0;
  let agreed = 0;
  let least = nodes;
  let summed = 0;

  /** What the heads are now, they have been since the last call. */
  const sum = (tick: number): void => {
    if (tick === summed) return;
    const { count } = commonest(heads);
    counts += count * (tick - summed);
    if (count >= most) agreed += tick - summed;
    least = Math.min(least, count);
    summed = tick;
  };

  return {
    sealed: (block, tick) => void times.set(block.id, { sealedAt: tick, half: null, most: null }),
    taken(block, have, tick) {
      if (have !== half && have !== most) return;
      const own = times.get(block.id);
      if (own === undefined) return;
      if (have === half) own.half = tick - own.sealedAt;
      if (have === most) own.most = tick - own.sealedAt;
    },
    headMoved({ from, to, how, tick }) {
      sum(tick);
      const left = (heads.get(from) ?? 0) - 1;
      if (left === 0) heads.delete(from);
      else heads.set(from, left);
      heads.set(to, (heads.get(to) ?? 0) + 1);
      if (how === 'over') reorganisations += 1;
    },
    read({ ledger, spread, attestations, ticks }) {
      sum(ticks);
      const { head, count } = commonest(heads);
      const height = ledger.block(head).number;
      let transfers = 0;
      for (let at = ledger.block(head); at.number > 0; at = ledger.block(at.parent)) transfers += at.transfers;
      const all = [...times.values()];
      const blocks = times.size;
      const lines = [...times].map(
        ([id, { sealedAt, half: a, most: b }]) => `${ledger.block(id).hash} ${sealedAt} ${a} ${b}`,
      );
      return {
        simulatedMs: divide(ticks, TICKS_PER_MS),
        blocks,
        stale: blocks - height,
        height,
        transfers,
        toHalf: spell(all.flatMap((own) => own.half ?? [])),
        toMost: spell(all.flatMap((own) => own.most ?? [])),
        agreement: {
          mean: divide(counts * 1_000, nodes * Math.max(ticks, 1)),
          least: divide(least * 1_000, nodes),
          now: divide(count * 1_000, nodes),
        },
        agreedTime: divide(agreed * 1_000, Math.max(ticks, 1)),
        reorganisations,
        spread,
        attestations,
        digest: bytesToHex(
          keccak256(utf8ToBytes([...lines, [...heads].sort(([a], [b]) => a - b).join(' ')].join('\n'))),
        ),
      };
    },
  };
}

/** The head that most nodes have; of several the one that was made first. */
function commonest(heads: ReadonlyMap<number, number>): { readonly head: number; readonly count: number } {
  let best = { head: 0, count: 0 };
  for (const [head, count] of heads) {
    if (count > best.count || (count === best.count && head < best.head)) best = { head, count };
  }
  return best;
}

function spell(values: readonly number[]): Spell {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (percent: number): number | null => sorted[divide((sorted.length - 1) * percent, 100)] ?? null;
  return sorted.length === 0 ? { median: null, p95: null } : { median: at(50), p95: at(95) };
}
