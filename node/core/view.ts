// What can be read of a node between two steps. RPC, the terminal table, scenarios and checkers of liveness ask here, nobody else's insides.

import type { Snapshot, Vote } from '../consensus/engine.ts';
import type { Machine } from '../evm/machine.ts';
import type { StateView } from '../state/view.ts';
import type { Block } from '../types/block.ts';
import type { ChainConfig } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import type { Receipt } from '../types/receipt.ts';
import type { Address, Hash, Transaction } from '../types/transaction.ts';
import type { ExecutionResult } from './events.ts';
import type { NodeName, PeerId } from './names.ts';
import type { Retraces } from './retraces.ts';

/** A block of the tree, canonical or not. */
export type TreeEntry = {
  readonly hash: Hash;
  readonly header: Header;
  readonly totalDifficulty: bigint;
  readonly sealer: Address;
  readonly inTurn: boolean;
  readonly canonical: boolean;
};

export type PooledTransaction = { readonly tx: Transaction; readonly hash: Hash; readonly sender: Address };

export type PoolView = {
  /** Executable and queued ones together. */
  readonly size: number;
  readonly pendingCount: number;
  readonly get: (hash: Hash) => PooledTransaction | null;
  /** The first nonce that neither the head's state nor the executable part of the pool has used. */
  readonly nextNonce: (sender: Address) => bigint;
  /** In the order in which a block would take them at the base fee of the next one. */
  readonly pending: () => readonly PooledTransaction[];
  readonly queued: () => readonly PooledTransaction[];
};

/** What a node said about a block, signed. */
export type Attestation = {
  readonly number: number;
  readonly blockHash: Hash;
  readonly stateRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly gasUsed: number;
  readonly nodeAddress: Address;
  readonly node: NodeName | null;
};

/** What a node keeps for its peers and of its work: each has a cap (limits.ts). */
export type Usage = {
  readonly peers: number;
  /** Blocks that wait for a parent or for their time. */
  readonly held: number;
  readonly heldBytes: number;
  readonly pooled: number;
  readonly badBlocks: number;
  /** Syncs under way. */
  readonly syncs: number;
  /** Our own requests that wait for a response. */
  readonly requests: number;
};

export type NodeView = {
  readonly name: NodeName;
  readonly nowMs: number;
  readonly config: ChainConfig;
  readonly genesisHash: Hash;
  readonly machine: Machine;
  readonly signer: Address | null;
  readonly sealing: boolean;
  readonly head: TreeEntry;
  /** Halted: what the last `halted` event said, as long as it holds. */
  readonly halted: { readonly signers: number; readonly needed: number } | null;
  readonly snapshot: Snapshot;
  readonly snapshotAt: (hash: Hash) => Snapshot | null;
  readonly proposals: readonly Vote[];
  readonly peers: readonly { readonly peer: PeerId; readonly name: NodeName | null }[];
  readonly safe: Header | null;

  readonly blockByHash: (hash: Hash) => Block | null;
  readonly headerByHash: (hash: Hash) => Header | null;
  readonly totalDifficulty: (hash: Hash) => bigint | null;
  readonly canonicalHash: (number: number) => Hash | null;
  readonly receipts: (blockHash: Hash) => readonly Receipt[] | null;
  /** Where a transaction stands in the canonical chain. */
  readonly location: (txHash: Hash) => { readonly blockHash: Hash; readonly index: number } | null;
  /** The state of any imported block's root. */
  readonly state: (root: Hash) => StateView;
  readonly pool: PoolView;
  /** The last blocks of every branch, ascending by number, then by hash. */
  readonly tree: () => readonly TreeEntry[];
  readonly attestations: (blockHash: Hash) => readonly Attestation[];
  readonly ownResult: (blockHash: Hash) => ExecutionResult | null;
  /** How results came about: the blocks whose result differed from our own, bounded, and any other block executed again. */
  readonly retraces: Omit<Retraces, 'keep'>;
  readonly usage: () => Usage;
  /** Rejections counted by code since the start. */
  readonly rejections: ReadonlyMap<string, number>;
};
