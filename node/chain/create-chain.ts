// The chain over a store: which blocks are known, which are refused, which is the head. It judges, executes and keeps what it is given,
// on every branch. All writes go into the overlay, and only those of blocks whose results are right.

import { assert, present } from '../lib/assert.ts';
import { divide } from '../lib/integer.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import type { Wide } from '../lib/wide.ts';
import { createFlatState, type StateChange } from '../state/flat-state.ts';
import type { StateView } from '../state/view.ts';
import { type Block, blockHash } from '../types/block.ts';
import { type Header, headerHash } from '../types/header.ts';
import { isRejection, mismatch, type Rejection, type RejectionCode, reject } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import type { ExecutionEnv } from './block-execution.ts';
import { createBoundedMap } from './bounded-map.ts';
import { type Built, buildBlock } from './build-block.ts';
import type { Chain, ChainEntry, ChainOptions, HeadChange, ImportOutcome } from './chain.ts';
import { blockWrites, createChainStore, siblingsWrite } from './chain-store.ts';
import { compareResult, executeBlock } from './execute-block.ts';
import { createEntryReader, readTree, SIBLINGS_MAX } from './fork-choice/tree.ts';
import { createGenesisBlock, type Genesis } from './genesis.ts';
import { moveHead } from './reorganise.ts';
import { createSnapshots } from './snapshots.ts';
import { validateBody } from './validate-body.ts';
import { type Parent, validateHeader } from './validate-header.ts';
import { type Ancestry, validateOmmers } from './validate-ommers.ts';

/**
 * A block may stand at most so far below the head. Deeper than any fork between honest signers; shallow enough that nobody makes us
 * execute an old chain again. With `signerLimit` 1 both sides of a split grow without bound, so this also says how long a split can heal.
 */
export const FORK_DEPTH_MAX = 4096;

/** Hashes of refused blocks that are remembered. */
const BAD_MAX = 1024;

/** States that are remembered with what was read of them: those of the last blocks of a few branches. */
const STATES_MAX = 16;

/** What the last blocks changed, on every branch, so that a short reorganisation need not forget the flat state. */
const CHANGES_MAX = 16;

/** A store that was begun with another genesis. */
export type ForeignStore = {
  readonly kind: 'foreign-store';
  /** The genesis hash in the store. */
  readonly stored: Hash;
  /** That of the configured genesis. */
  readonly configured: Hash;
};

/** Says whether a store belongs to another chain; null where it is empty or this one's. For the driver, before it makes a node. */
export function findForeignStore(store: StoreReader, genesis: Genesis): ForeignStore | null {
  const stored = createChainStore(store).genesis();
  const configured = blockHash(createGenesisBlock(genesis).block);
  return stored === null || stored === configured ? null : { kind: 'foreign-store', stored, configured };
}

/**
 * Creates the chain over what the store holds: an empty one gets the genesis, any other goes on at its head. Asserts that the store is
 * this chain's: ask findForeignStore before.
 */
export function createChain(options: ChainOptions): Chain {
  const { engine, machine, overlay, genesis } = options;
  const { config } = genesis;
  const store = createChainStore(overlay);
  const genesisBlock = createGenesisBlock(genesis);
  const genesisHash = blockHash(genesisBlock.block);
  if (store.genesis() === null) write(genesisBlock.writes);
  assert(store.genesis() === genesisHash, `the store is that of genesis ${store.genesis()}, not of ${genesisHash}`);

  const entries = createEntryReader(engine, store);
  const entry = entries.of;
  const snapshots = createSnapshots(engine, overlay, store);
  const bad = createBoundedMap<Hash, true>(BAD_MAX);
  const states = createBoundedMap<Hash, StateView>(STATES_MAX);
  const changes = createBoundedMap<Hash, StateChange>(CHANGES_MAX);
  let head = present(entry(present(store.head(), 'a head in the store')), 'the head block in the store');
  const flat = createFlatState(overlay, head.header.stateRoot);
  let tree: readonly ChainEntry[] | null = null;
  /** The last block built here: its execution need not be repeated when it is imported. */
  let lastBuilt: Built | null = null;

  function write(writes: readonly Write[]): void {
    for (const { key, value } of writes) overlay.put(key, value);
  }

  function isBad(hash: Hash): boolean {
    return bad.get(hash) !== undefined;
  }

  function snapshotOf(hash: Hash) {
    return present(snapshots.at(hash), `snapshot of block ${hash}`);
  }

  function parentAt(hash: Hash): Parent {
    return {
      header: present(store.header(hash), `block ${hash}`),
      snapshot: snapshotOf(hash),
      totalDifficulty: present(store.totalDifficulty(hash), `total difficulty of block ${hash}`),
    };
  }

  function state(root: Hash): StateView {
    const known = states.get(root);
    if (known !== undefined) return known;
    const view = flat.view(root);
    states.set(root, view);
    return view;
  }

  function executionOn(parentHash: Hash): ExecutionEnv {
    const { stateRoot } = present(store.header(parentHash), `block ${parentHash}`);
    const blockHashOf = createAncestors(store, parentHash);
    return { config, engine, machine, store: overlay, state: state(stateRoot), stateRoot, blockHash: blockHashOf };
  }

  function judgeHeader(header: Header, nowMs: number): Rejection | null {
    if (isBad(headerHash(header)))
      return reject('block-bad-ancestor', `block ${headerHash(header)} was refused before`);
    if (isBad(header.parentHash)) return reject('block-bad-ancestor', `parent ${header.parentHash} was refused`);
    if (entry(header.parentHash) === null)
      return reject('header-unknown-parent', `parent ${header.parentHash} is not known`);
    return (
      judgeAge(header.number, head.header.number) ??
      judgeTime(header.timestamp, engine.maxAheadSeconds, nowMs) ??
      validateHeader({ config, engine }, header, parentAt(header.parentHash))
    );
  }

  const ancestry: Ancestry = {
    parent: parentAt,
    ommers: (hash) => present(store.block(hash), `block ${hash}`).ommers,
    judgeHeader: (header, parent) => validateHeader({ config, engine }, header, parent),
  };

  function importBlock(block: Block, nowMs: number): ImportOutcome {
    const hash = blockHash(block);
    const known = entry(hash);
    if (known !== null) return { kind: 'known', entry: known };

    const wrongHeader = judgeHeader(block.header, nowMs);
    if (wrongHeader !== null) {
      if (!DEPENDS_ON_US.has(wrongHeader.code)) bad.set(hash, true);
      // Who keeps what is only early must not keep a wrong body in the place of the right one.
      const rejection = DEPENDS_ON_US.has(wrongHeader.code) ? validateBody(config, block) : null;
      return { kind: 'refused', rejection: rejection ?? wrongHeader, executed: null };
    }
    // A wrong body says nothing about the header: somebody else may have the right one.
    const wrongBody = validateBody(config, block);
    if (wrongBody !== null) return { kind: 'refused', rejection: wrongBody, executed: null };

    const wrongOmmers = validateOmmers(ancestry, block.header, block.ommers);
    if (wrongOmmers !== null) {
      bad.set(hash, true); // the header names them by their hash
      return { kind: 'refused', rejection: wrongOmmers, executed: null };
    }

    const executed = takeBuilt(hash) ?? executeBlock(executionOn(block.header.parentHash), block);
    if (isRejection(executed)) {
      bad.set(hash, true);
      return { kind: 'refused', rejection: executed, executed: null };
    }
    const wrongResult = compareResult(block.header, executed.result);
    if (wrongResult !== null) {
      bad.set(hash, true);
      const { result, writes } = executed;
      return { kind: 'refused', rejection: wrongResult, executed: { result, writes } };
    }
    write(executed.writes);
    changes.set(hash, executed.change);
    const kept = keep(block, executed.result.receipts);
    return { kind: 'imported', entry: kept, result: executed.result, headChange: followHead(kept) };
  }

  function takeBuilt(hash: Hash): Pick<Built, 'result' | 'writes' | 'change'> | null {
    const built = lastBuilt;
    lastBuilt = null;
    return built !== null && blockHash(built.block) === hash ? built : null;
  }

  function keep(block: Block, receipts: Parameters<typeof blockWrites>[0]['receipts']): ChainEntry {
    const { header } = block;
    const hash = blockHash(block);
    const parentDifficulty = present(store.totalDifficulty(header.parentHash), 'total difficulty of the parent');
    const totalDifficulty = parentDifficulty + header.difficulty;
    write(blockWrites({ block, receipts, totalDifficulty }));
    store.adopt(hash, block);
    const siblings = store.siblings(header.number);
    if (siblings.length < SIBLINGS_MAX) write([siblingsWrite(header.number, [...siblings, hash])]);
    write(snapshots.writesOf(header));
    tree = null;
    return entries.adopt(hash, header, totalDifficulty);
  }

  function followHead(candidate: ChainEntry): HeadChange | null {
    if (engine.compareTips(tipOf(candidate), tipOf(head)) >= 0) return null;
    const { headChange, writes } = moveHead({ entry, block: store.block }, head, candidate);
    write(writes);
    head = candidate;
    const changeOf = ({ hash }: ChainEntry): StateChange | null => changes.get(hash) ?? null;
    const { undone, redone } = headChange;
    flat.move(head.header.stateRoot, { undone: undone.map(changeOf), redone: redone.map(changeOf) });
    return headChange;
  }

  function tipOf({ header, hash, totalDifficulty }: ChainEntry) {
    const validating = header.number === 0 ? hash : header.parentHash; // genesis has no parent, and never competes
    return { header, hash, totalDifficulty, parentSnapshot: snapshotOf(validating) };
  }

  return {
    config,
    engine,
    genesisHash,
    head: () => head,
    headSnapshot: () => snapshotOf(head.hash),
    entry,
    block: store.block,
    snapshotAt: snapshots.at,
    canonicalHash: store.canonicalHash,
    receipts: store.receipts,
    location: store.location,
    state,
    execution: executionOn,
    tree() {
      tree ??= readTree(store, entry, head.header.number);
      return tree;
    },
    isBad,
    judgeHeader,
    importBlock,
    plan: (signer) => engine.plan(head.header, snapshotOf(head.hash), signer, options.random),
    build(request) {
      const parent = parentAt(head.hash);
      const { gasLimitTarget } = options;
      lastBuilt = buildBlock(executionOn(head.hash), parent, { ...request, gasLimitTarget });
      return { block: lastBuilt.block, leftOut: lastBuilt.leftOut };
    },
  };
}

/** Refusals that depend on what this node knows and when; the block itself may be right. */
const DEPENDS_ON_US: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'header-unknown-parent',
  'header-too-old',
  'header-future',
]);

/** `header-too-old` for a block that stands more than FORK_DEPTH_MAX below the head. */
export function judgeAge(number: number, headNumber: number): Rejection | null {
  const oldest = headNumber - FORK_DEPTH_MAX;
  return number >= oldest ? null : mismatch('header-too-old', 'number', `at least ${oldest}`, number);
}

/** `header-future` for a timestamp (seconds) too far ahead of the clock (milliseconds). */
function judgeTime(timestamp: Wide, maxAheadSeconds: number | null, nowMs: number): Rejection | null {
  const latest = maxAheadSeconds === null ? timestamp : divide(nowMs, 1000) + maxAheadSeconds;
  return timestamp <= latest ? null : mismatch('header-future', 'timestamp', `at most ${latest}`, timestamp);
}

/** BLOCKHASH on the branch of a block: walks down once, as far as it is asked, and takes the index where the branch is canonical. */
function createAncestors(store: ReturnType<typeof createChainStore>, parentHash: Hash): (number: number) => Hash {
  const walked = new Map<number, Hash>();
  let hash = parentHash;
  let lowest = present(store.header(hash), `block ${hash}`).number;
  walked.set(lowest, hash);
  return (number) => {
    while (number < lowest && store.canonicalHash(lowest) !== hash) {
      hash = present(store.header(hash), `block ${hash}`).parentHash;
      lowest--;
      walked.set(lowest, hash);
    }
    return present(walked.get(number) ?? store.canonicalHash(number), `ancestor ${number}`);
  };
}
