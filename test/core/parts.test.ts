import { describe, expect, it } from 'vitest';
import type { Chain, ChainEntry } from '../../node/chain/chain.ts';
import { createAttestationBook, groupByResult, type Statement } from '../../node/core/attestation-book.ts';
import type { PeerId } from '../../node/core/contract.ts';
import { createHeldBlocks } from '../../node/core/held-blocks.ts';
import {
  ATTESTATIONS_PER_NODE_MAX,
  BLOCKS_PER_RESPONSE_MAX,
  BLOCKS_RESPONSE_BYTES_TARGET,
  HELD_MAX,
  HELD_PER_PEER_MAX,
  LOCATOR_MAX,
  PEERS_MAX,
  REQUEST_TIMEOUT_MS,
  REQUESTS_PER_SECOND_MAX,
  STRANGERS_MAX,
} from '../../node/core/limits.ts';
import { blocksTowards, locator } from '../../node/core/locator.ts';
import { createOutbox } from '../../node/core/outbox.ts';
import { createPeers, spendRequest } from '../../node/core/peers.ts';
import { createRequests } from '../../node/core/requests.ts';
import { wordToHex } from '../../node/lib/bytes.ts';
import type { Block } from '../../node/types/block.ts';
import { blockHash } from '../../node/types/block.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  headerHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '../../node/types/header.ts';

const GENESIS: Header = {
  parentHash: ZERO_HASH,
  ommersHash: EMPTY_OMMERS_HASH,
  miner: ZERO_ADDRESS,
  stateRoot: EMPTY_TRIE_ROOT,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: EMPTY_BLOOM,
  difficulty: 1n,
  number: 0,
  gasLimit: 30_000_000,
  gasUsed: 0,
  timestamp: 0,
  extraData: new Uint8Array(0),
  mixHash: ZERO_HASH,
  nonce: ZERO_NONCE,
};

const child = (parent: Header, salt = 0, blockBytes = 0): Header => ({
  ...GENESIS,
  parentHash: headerHash(parent),
  number: parent.number + 1,
  timestamp: salt,
  extraData: new Uint8Array(blockBytes),
});
const blockOf = (header: Header): Block => ({ header, transactions: [], ommers: [] });

/** Branches of headers over one genesis; the first is canonical. */
function createBranches(
  ...lengths: readonly { readonly from: number; readonly length: number; readonly blockBytes?: number }[]
) {
  const branches: Header[][] = [];
  for (const [salt, { from, length, blockBytes }] of lengths.entries()) {
    const base = branches[0]?.slice(0, from + 1) ?? [GENESIS];
    while (base.length <= from + length) base.push(child(base.at(-1)!, salt, blockBytes));
    branches.push(base);
  }
  const entries = new Map(branches.flat().map((header) => [headerHash(header), header]));
  const entry = (hash: string): ChainEntry | null => {
    const header = entries.get(hash as `0x${string}`);
    return header === undefined
      ? null
      : { hash: headerHash(header), header, totalDifficulty: 1n, sealer: ZERO_ADDRESS, inTurn: false };
  };
  const canonical = branches[0]!;
  const chain = {
    genesisHash: headerHash(GENESIS),
    head: () => entry(headerHash(canonical.at(-1)!)),
    entry,
    block: (hash: `0x${string}`) => (entries.has(hash) ? blockOf(entries.get(hash)!) : null),
    canonicalHash: (number: number) => (canonical[number] === undefined ? null : headerHash(canonical[number])),
  } as unknown as Chain;
  return { chain, branches };
}

describe('the locator', () => {
  it('names the last pulled block, the tip densely, and genesis, within its limit', () => {
    const { chain, branches } = createBranches({ from: 0, length: 5_000 });
    const last = wordToHex(5n);
    const hashes = locator(chain, last);
    expect(hashes[0]).toBe(last);
    expect(hashes.slice(1, 11)).toEqual(branches[0]!.slice(-10).reverse().map(headerHash));
    expect(hashes.at(-1)).toBe(chain.genesisHash);
    expect(hashes.length).toBeLessThanOrEqual(LOCATOR_MAX);
    expect(hashes.length).toBeLessThan(25);
  });
});

describe('blocks towards a wanted one', () => {
  const { chain, branches } = createBranches({ from: 0, length: 200 }, { from: 150, length: 20 });
  const [main, side] = branches as [Header[], Header[]];
  const towards = (want: Header, ...have: readonly Header[]) =>
    blocksTowards(chain, { want: headerHash(want), have: have.map(headerHash) }).map(blockHash);

  it('begin above the highest common block and are as many as a response holds', () => {
    expect(towards(main[200]!, main[10]!, GENESIS)).toEqual(
      main.slice(11, 11 + BLOCKS_PER_RESPONSE_MAX).map(headerHash),
    );
    expect(towards(main[200]!, main[198]!, main[10]!)).toEqual(main.slice(199).map(headerHash));
    expect(towards(main[200]!, main[200]!)).toEqual([]);
  });

  it('are no more bytes than pass a slow link in time, but at least one block', () => {
    const large = createBranches({ from: 0, length: 20, blockBytes: 50_000 });
    const want = large.chain.head().hash;
    const blocks = blocksTowards(large.chain, { want, have: [large.chain.genesisHash] });
    expect(blocks.length).toBe(5);
    const huge = createBranches({ from: 0, length: 2, blockBytes: 2 * BLOCKS_RESPONSE_BYTES_TARGET });
    const have = [huge.chain.genesisHash];
    expect(blocksTowards(huge.chain, { want: huge.chain.head().hash, have }).length).toBe(1);
  });

  it('lead over the fork to a block off the canonical chain', () => {
    expect(towards(side[170]!, main[149]!)).toEqual([...main.slice(150, 151), ...side.slice(151)].map(headerHash));
    expect(towards(side[170]!, main[200]!, main[140]!)).toEqual(
      [...main.slice(141, 151), ...side.slice(151)].map(headerHash),
    );
    expect(towards(side[170]!, side[165]!, main[150]!)).toEqual(side.slice(166).map(headerHash));
  });

  it('are none where the wanted block is unknown, or nothing is common', () => {
    expect(blocksTowards(chain, { want: ZERO_HASH, have: [chain.genesisHash] })).toEqual([]);
    expect(blocksTowards(chain, { want: headerHash(main[5]!), have: [ZERO_HASH] })).toEqual([]);
  });
});

describe('held blocks', () => {
  const orphan = (salt: number, from: PeerId, bytes = 100) => ({
    block: blockOf(child(GENESIS, salt)),
    bytes,
    from,
    dueMs: null,
  });

  it('come out with their parent, in order of arrival, and once', () => {
    const held = createHeldBlocks();
    const [a, b] = [orphan(1, 'p'), orphan(2, 'q')];
    held.hold(a);
    held.hold(b);
    held.hold(a);
    expect(held.takeChildren(ZERO_HASH)).toEqual([]);
    expect(held.takeChildren(headerHash(GENESIS))).toEqual([a, b]);
    expect(held.takeChildren(headerHash(GENESIS))).toEqual([]);
  });

  it('come out when they are due, not a millisecond earlier', () => {
    const held = createHeldBlocks();
    held.hold({ ...orphan(1, 'p'), dueMs: 500 });
    expect(held.nextDueMs()).toBe(500);
    expect(held.takeDue(499)).toEqual([]);
    expect(held.takeDue(500).length).toBe(1);
    expect(held.nextDueMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('are bounded: a peer that sends more pushes out its own, and bytes count', () => {
    const held = createHeldBlocks();
    held.hold(orphan(0, 'quiet'));
    for (let i = 1; i <= 3 * HELD_MAX; i++) held.hold(orphan(i, 'loud'));
    expect(held.size()).toBe(HELD_PER_PEER_MAX + 1);
    for (let i = 1; i <= 3 * HELD_MAX; i++) held.hold(orphan(1_000 + i, `p${i}`));
    expect(held.size()).toBe(HELD_MAX);
    for (let i = 1; i <= 8; i++) held.hold(orphan(2_000 + i, `b${i}`, 8 * 1024 * 1024));
    expect(held.size()).toBe(4);
  });
});

describe('the book of attestations', () => {
  const statement = (node: string, block: number, gasUsed = 0): Statement => ({
    node,
    nodeAddress: wordToHex(BigInt(`0x${Buffer.from(node).toString('hex')}`)),
    attestation: {
      number: block,
      blockHash: wordToHex(BigInt(block)),
      stateRoot: ZERO_HASH,
      receiptsRoot: ZERO_HASH,
      gasUsed,
      signature: { r: 1n, s: 1n, yParity: 0 },
    },
  });

  it('keeps a node’s first word about a block', () => {
    const book = createAttestationBook();
    expect(book.keep(statement('n1', 1))).toBe(true);
    expect(book.keep(statement('n1', 1, 5))).toBe(false);
    expect(book.of(wordToHex(1n))?.statements.size).toBe(1);
  });

  it('bounds what one node can make it remember, at its own cost', () => {
    const book = createAttestationBook();
    book.keep(statement('n1', 1));
    for (let block = 1; block <= 2 * ATTESTATIONS_PER_NODE_MAX; block++) book.keep(statement('n2', block));
    expect(book.size()).toBe(ATTESTATIONS_PER_NODE_MAX + 1);
    expect(book.of(wordToHex(1n))?.statements.size).toBe(1);
    book.forgetBelow(2 * ATTESTATIONS_PER_NODE_MAX);
    expect(book.size()).toBe(1);
  });

  it('bounds how many nodes outside of the list it remembers, and never gives up one of the list for them', () => {
    const book = createAttestationBook();
    book.keep(statement('n1', 1));
    for (let i = 1; i <= STRANGERS_MAX + 5; i++) book.keep({ ...statement(`s${i}`, i + 1), node: null });
    expect(book.size()).toBe(STRANGERS_MAX + 1);
    expect(book.of(wordToHex(1n))?.statements.size).toBe(1);
    expect(book.of(wordToHex(2n))).toBeNull();
    expect(book.keep({ ...statement('s1', 2), node: null })).toBe(true);
  });

  it('groups by result, the majority first', () => {
    const groups = groupByResult([statement('n3', 1, 7), statement('n2', 1), statement('n1', 1)]);
    expect(groups.map((group) => group.map(({ node }) => node))).toEqual([['n1', 'n2'], ['n3']]);
  });
});

describe('peers and requests', () => {
  it('have a budget that begins anew every second', () => {
    const peer = createPeers([]).add('p', null, 0)!;
    for (let i = 0; i < REQUESTS_PER_SECOND_MAX; i++) expect(spendRequest(peer, 999)).toBe(true);
    expect(spendRequest(peer, 999)).toBe(false);
    expect(spendRequest(peer, 1_000)).toBe(true);
  });

  it('are not more than the limit', () => {
    const peers = createPeers([]);
    for (let i = 0; i < PEERS_MAX; i++) expect(peers.add(`p${i}`, null, 0)).not.toBeNull();
    expect(peers.add('one more', null, 0)).toBeNull();
    expect(peers.add('p0', null, 0)).not.toBeNull();
  });

  it('are one of a kind at a time, given up at the deadline and not before', () => {
    const outbox = createOutbox();
    const requests = createRequests(outbox);
    expect(requests.send('p', 'status', new Uint8Array(1), 100)).toBe(true);
    expect(requests.send('p', 'status', new Uint8Array(1), 101)).toBe(false);
    expect(requests.send('p', 'blocks', new Uint8Array(1), 101)).toBe(true);
    expect(requests.deadlineMs()).toBe(100 + REQUEST_TIMEOUT_MS);
    expect(requests.expire(99 + REQUEST_TIMEOUT_MS)).toEqual([]);
    expect(requests.expire(100 + REQUEST_TIMEOUT_MS).map(({ kind }) => kind)).toEqual(['status']);
    expect(outbox.take().at(-1)).toEqual({ kind: 'cancel', id: 1 });
    expect(requests.settle(1)).toBeNull();
    expect(requests.settle(2)).toMatchObject({ peer: 'p', kind: 'blocks' });
  });
});
