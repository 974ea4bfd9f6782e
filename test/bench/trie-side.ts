// One side of the trie benchmark, in a process of its own: builds what its task begins with, then repeats the task and tells, for each round,
// the root, the processor time, and how far the process's memory has risen. Started by trie.ts with a side and a task.

import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { MapDB } from '@ethereumjs/util';
import { installBackends } from '../../node/host/backends.ts';
import { assert } from '../../node/lib/assert.ts';
import { bytesToHex, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { encodeAccount } from '../../node/state/account-codec.ts';
import { hashAt, type NodeReader } from '../../node/trie/node.ts';
import { updateTrie } from '../../node/trie/update.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Hash } from '../../node/types/transaction.ts';
import { cpuMs } from './report.ts';

/** How many accounts there are before, and how many a round updates. */
export type TrieTask = { readonly accounts: number; readonly updates: number; readonly rounds: number };

/** One round. Memory in bytes: the process's highest so far, above what it had before the first round. */
export type TrieRound = { readonly root: Hash; readonly ms: number; readonly memory: number };

/** Accounts of a step when the beginning is built: a batch of a million would need memory that nothing else needs. */
const STEP = 50_000;

/** Made before anything is measured, and used again. */
const BATCHES_MAX = 3;

type Nodes = Map<Hash, Uint8Array>;
type Entry = { readonly address: Uint8Array; readonly value: Uint8Array };

if (process.argv[1] === import.meta.filename) await main();

async function main(): Promise<void> {
  const [side, text = ''] = process.argv.slice(2);
  const task = JSON.parse(text) as TrieTask; // from trie.ts
  await installBackends();
  const nodes: Nodes = new Map();
  let root: Hash = EMPTY_TRIE_ROOT;
  for (let from = 0; from < task.accounts; from += STEP) root = updateOwn(nodes, root, entries(from, STEP, 0));
  const peer = new Map<string, Uint8Array>(); // what MapDB calls a node has no 0x
  if (side === 'mpt') for (const [hash, node] of nodes) peer.set(hash.slice(2), node);

  const batches = Array.from({ length: Math.min(task.rounds, BATCHES_MAX) }, (_, round) => pick(task, round));
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const highestBefore = process.resourceUsage().maxRSS * 1024;
  for (let round = 0; round < task.rounds; round++) {
    const batch = batches[round % BATCHES_MAX] ?? [];
    const begin = cpuMs();
    const reached = side === 'mpt' ? await updatePeer(peer, root, batch) : updateOwn(nodes, root, batch);
    const ms = cpuMs() - begin;
    const highest = process.resourceUsage().maxRSS * 1024;
    const memory = highest > highestBefore ? highest - before : Math.max(process.memoryUsage.rss() - before, 0);
    const result: TrieRound = { root: reached, ms, memory };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    if (task.accounts === 0) nodes.clear();
    if (task.accounts === 0) peer.clear();
  }
}

/** Keys are hashed as part of the update, as in a state. */
function updateOwn(nodes: Nodes, root: Hash, batch: readonly Entry[]): Hash {
  const read: NodeReader = (bytes, at) => {
    const node = nodes.get(hashAt(bytes, at));
    assert(node !== undefined, 'a node of the trie');
    return node;
  };
  const changes = batch.map(({ address, value }) => ({ key: keccak256(address), value }));
  const update = updateTrie(read, root, changes);
  for (const [hash, node] of update.nodes) nodes.set(hash, node);
  return update.root;
}

async function updatePeer(nodes: Map<string, Uint8Array>, root: Hash, batch: readonly Entry[]): Promise<Hash> {
  const db = new MapDB<string, Uint8Array>(nodes as never); // its map may hold bytes as well as text, as MapDB.get says
  const trie = new MerklePatriciaTrie({ db: db as never, useKeyHashing: true, root: hexToBytes(root) });
  for (const { address, value } of batch) await trie.put(address, value);
  return bytesToHex(trie.root());
}

/** The accounts of a round: the first ones of an empty trie, some scattered ones of a large trie. */
function pick({ accounts, updates }: TrieTask, round: number): readonly Entry[] {
  if (accounts === 0) return entries(0, updates, round + 1);
  return Array.from({ length: updates }, (_, i) => entry((i * 1_999 + round * 7) % accounts, round + 1));
}

function entries(from: number, count: number, salt: number): readonly Entry[] {
  return Array.from({ length: count }, (_, i) => entry(from + i, salt));
}

function entry(index: number, salt: number): Entry {
  const value = encodeAccount({
    nonce: BigInt(salt),
    balance: 10n ** 18n + BigInt(index),
    storageRoot: EMPTY_TRIE_ROOT,
    codeHash: EMPTY_CODE_HASH,
  });
  return { address: keccak256(utf8ToBytes(`account ${index}`)).subarray(12), value };
}
