// Observations made by hand for small stories: a network of three authorities and a follower, L = 2, a period of 1 s.

import type { NodeEvent } from '../../../node/core/events.ts';
import type { Hex } from '../../../node/lib/bytes.ts';
import type { NetworkFacts, Observation } from '../../../sim/check/property.ts';

export const GENESIS = hashOf('genesis');
export const SIGNER: Readonly<Record<string, Hex>> = { n1: addressOf(1), n2: addressOf(2), n3: addressOf(3) };

export const FACTS: NetworkFacts = {
  nodes: ['n1', 'n2', 'n3', 'f1'],
  authorities: ['n1', 'n2', 'n3'],
  signerOf: new Map(Object.entries(SIGNER)),
  faulty: [],
  periodMs: 1_000,
  signerLimit: 2,
  genesisHash: GENESIS,
  genesis: {},
};

/** A block of a made-up chain, named by a word; its hash follows from the word. */
export type MadeBlock = {
  readonly name: string;
  readonly parent: string;
  readonly number: number;
  readonly sealer: string;
  readonly transactions?: readonly { readonly hash: Hex; readonly sender: Hex; readonly nonce: string }[];
};

/** The hash of a made-up block, transaction or root. */
export function hashOf(name: string): Hex {
  return `0x${Buffer.from(name).toString('hex').padStart(64, '0')}`;
}

/** A chain of blocks on the genesis, or on another block, sealed by the named authorities. */
export function chainOf(
  prefix: string,
  sealers: readonly string[],
  base: { name: string; number: number } = { name: 'genesis', number: 0 },
): MadeBlock[] {
  return sealers.map((sealer, i) => ({
    name: `${prefix}${base.number + i + 1}`,
    parent: i === 0 ? base.name : `${prefix}${base.number + i}`,
    number: base.number + i + 1,
    sealer,
  }));
}

export const refOf = ({ name, number }: Pick<MadeBlock, 'name' | 'number'>) => ({ hash: hashOf(name), number });

export function event(node: string, atMs: number, what: NodeEvent): Observation {
  return { kind: 'event', atMs, node, event: what };
}

/** A node's own result of a block, the right one by default. */
export function resultOf(root: string) {
  return { stateRoot: hashOf(root), receiptsRoot: hashOf('receipts'), gasUsed: 0, logsBloom: '0x00' as Hex };
}

export function executed(node: string, atMs: number, block: MadeBlock, root = `root of ${block.name}`): Observation {
  return event(node, atMs, {
    kind: 'executed',
    block: refOf(block),
    parentHash: hashOf(block.parent),
    sealer: SIGNER[block.sealer] as Hex,
    inTurn: true,
    source: 'gossip',
    own: resultOf(root),
    requestsHash: hashOf('requests'),
    agrees: true,
    rlp: '0xc3c0c0c0', // a block of empty lists
    transactions: block.transactions ?? [],
  });
}

export function head(
  node: string,
  atMs: number,
  redone: readonly MadeBlock[],
  undone: readonly MadeBlock[] = [],
): Observation {
  const last = redone.at(-1)!;
  return event(node, atMs, {
    kind: 'head',
    block: refOf(last),
    stateRoot: hashOf(`root of ${last.name}`),
    sealer: SIGNER[last.sealer] as Hex,
    inTurn: true,
    totalDifficulty: '1',
    undone: undone.map(refOf),
    redone: redone.map(refOf),
  });
}

export function sealed(node: string, atMs: number, block: MadeBlock): Observation {
  return event(node, atMs, {
    kind: 'sealed',
    block: refOf(block),
    parentHash: hashOf(block.parent),
    signer: SIGNER[block.sealer] as Hex,
  });
}

/** A node executes a chain and follows it, block by block. */
export function follow(node: string, atMs: number, blocks: readonly MadeBlock[]): Observation[] {
  return blocks.flatMap((block) => [executed(node, atMs, block), head(node, atMs, [block])]);
}

export function started(
  node: string,
  atMs: number,
  block: Pick<MadeBlock, 'name' | 'number'> = { name: 'genesis', number: 0 },
): Observation {
  const stored = { from: block.number, hashes: [hashOf(block.name)] };
  return event(node, atMs, {
    kind: 'started',
    head: refOf(block),
    genesis: GENESIS,
    signer: SIGNER[node] ?? null,
    stored,
  });
}

function addressOf(number: number): Hex {
  return `0x${number.toString(16).padStart(40, '0')}`;
}
