// What can be read of a node: its parts behind one read-only face. Nothing is computed before it is asked for.

import type { ChainEntry } from '../chain/chain.ts';
import { nextBaseFee } from '../chain/fees.ts';
import type { Header } from '../types/header.ts';
import type { Attestations } from './attestations.ts';
import type { BlockFlow } from './block-flow.ts';
import type { Context } from './context.ts';
import type { HaltWatch } from './halt.ts';
import type { Proposals } from './proposals.ts';
import type { Sealing } from './sealing.ts';
import type { Sync } from './sync.ts';
import type { NodeView, PoolView, TreeEntry } from './view.ts';

/** The parts that a view shows. */
export type Shown = {
  readonly context: Context;
  readonly attestations: Attestations;
  readonly blocks: BlockFlow;
  readonly halt: HaltWatch;
  readonly proposals: Proposals;
  readonly sealing: Sealing;
  readonly sync: Sync;
};

/** Creates a view of the moment between two steps. */
export function createNodeView({ context, attestations, blocks, halt, proposals, sealing, sync }: Shown): NodeView {
  const { options, chain, outbox, peers, pool, requests, retraces, nowMs } = context;
  const treeEntry = (entry: ChainEntry): TreeEntry => ({
    ...entry,
    canonical: chain.canonicalHash(entry.header.number) === entry.hash,
  });
  const head = treeEntry(chain.head());
  return {
    name: options.name,
    nowMs: nowMs(),
    config: chain.config,
    genesisHash: chain.genesisHash,
    machine: options.machine,
    signer: options.sealer?.address ?? null,
    sealing: sealing.isActive(),
    head,
    halted: halt.halted(),
    snapshot: chain.headSnapshot(),
    snapshotAt: chain.snapshotAt,
    proposals: proposals.all(),
    peers: peers.all().map(({ id, name }) => ({ peer: id, name })),
    get safe() {
      return safeHeader(context);
    },
    blockByHash: chain.block,
    headerByHash: (hash) => chain.entry(hash)?.header ?? null,
    totalDifficulty: (hash) => chain.entry(hash)?.totalDifficulty ?? null,
    canonicalHash: chain.canonicalHash,
    receipts: chain.receipts,
    location: chain.location,
    state: chain.state,
    pool: createPoolView(context),
    tree: () => chain.tree().map(treeEntry),
    attestations: attestations.of,
    ownResult: blocks.ownResult,
    retraces,
    usage: () => ({
      peers: peers.all().length,
      held: blocks.held().blocks,
      heldBytes: blocks.held().bytes,
      pooled: pool.size(),
      badBlocks: retraces.mismatches().length,
      syncs: sync.count(),
      requests: requests.count(),
    }),
    rejections: outbox.rejections,
  };
}

/** Headers that the engine looks at, per signer: `safe` needs two thirds of the signers, and some may have sealed more than once. */
const SAFE_WINDOW_PER_SIGNER = 4;

function safeHeader({ chain }: Context): Header | null {
  const snapshot = chain.headSnapshot();
  const newestFirst: Header[] = [chain.head().header];
  while (newestFirst.length < SAFE_WINDOW_PER_SIGNER * snapshot.signers.length) {
    const parentHash = newestFirst.at(-1)?.parentHash;
    const parent = parentHash === undefined ? null : chain.entry(parentHash);
    if (parent === null) break;
    newestFirst.push(parent.header);
  }
  return chain.engine.safe(newestFirst, snapshot);
}

function createPoolView({ chain, pool }: Context): PoolView {
  const baseFee = nextBaseFee(chain.head().header);
  return {
    get size() {
      return pool.size();
    },
    get pendingCount() {
      return pool.pending(baseFee).length;
    },
    get: pool.get,
    nextNonce: pool.nextNonce,
    pending: () => pool.pending(baseFee),
    queued: () => pool.queued(baseFee),
  };
}
