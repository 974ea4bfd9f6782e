// Blocks on their way into the chain, whoever brought them: decoded, judged and executed by chain/, held where they are early, told as
// events. It gives each gossiped block its verdict. What is missing is asked for by sync.ts.

import type { BlockResult } from '../chain/block-result.ts';
import type { ChainEntry, HeadChange, ImportOutcome } from '../chain/chain.ts';
import { unreachable } from '../lib/assert.ts';
import { bytesToHex, type Hex } from '../lib/bytes.ts';
import { type Block, blockHash, encodeBlock } from '../types/block.ts';
import { isRejection, type Rejection, type RejectionCode, reject } from '../types/rejection.ts';
import { type Hash, transactionHash, transactionSender } from '../types/transaction.ts';
import type { Context, Verdict } from './context.ts';
import type { PeerId } from './contract.ts';
import type { BlockRef, ExecutionResult } from './events.ts';
import { createHeldBlocks } from './held-blocks.ts';
import { FUTURE_MS_MAX, HISTORY_HEIGHTS } from './limits.ts';
import type { Sender } from './outbox.ts';
import { decodeBlockMessage } from './wire/blocks.ts';

export type BlockSource = 'sealed' | 'gossip' | 'sync';

/** What else happens in the node when a block was executed or the head moved; called in this order, after the events. */
export type BlockHooks = {
  /** `agrees` is false where the header claims another result than our own. */
  readonly executed: (block: Block, own: ExecutionResult, options: { readonly agrees: boolean }) => void;
  /** A header whose seal was verified, or may have been: the block was judged beyond it. */
  readonly sealSeen: (block: Block) => void;
  readonly imported: (entry: ChainEntry, source: BlockSource) => void;
  readonly headMoved: (change: HeadChange) => void;
};

/** A parent that is missing, and the height at which it must stand. */
export type MissingParent = { readonly hash: Hash; readonly number: number };

export type BlockFlow = {
  /** Judges a gossiped block. `missing` names the parent that has to be pulled. */
  readonly gossiped: (
    sender: Sender,
    bytes: Uint8Array,
  ) => { readonly verdict: Verdict; readonly missing: MissingParent | null };
  /** Imports a pulled or a sealed block, and whatever waited for it. A refusal is counted here. */
  readonly take: (block: Block, source: BlockSource, sender: Sender | null) => ImportOutcome;
  readonly ownResult: (hash: Hash) => ExecutionResult | null;
  /** Blocks that wait for a parent or for their time, and their bytes. */
  readonly held: () => { readonly blocks: number; readonly bytes: number };
  readonly wake: () => void;
  readonly wakeAtMs: () => number;
};

export function blockRef({
  hash,
  header,
}: {
  readonly hash: Hash;
  readonly header: { readonly number: number };
}): BlockRef {
  return { hash, number: header.number };
}

/**
 * The verdict of gossip over a refusal: `reject` for what whoever passed the block on could see without executing it, `ignore` for
 * what depends on time, on what we know, or on a machine.
 */
export function verdictOf(code: RejectionCode): Verdict {
  if (code === 'header-unknown-parent' || code === 'header-future' || code === 'header-too-old') return 'ignore';
  const isVisible =
    code === 'encoding' || code.startsWith('wire-') || code.startsWith('header-') || code.startsWith('seal-');
  return isVisible || VISIBLE_IN_BODY.has(code) ? 'reject' : 'ignore';
}

/** The body's bytes against the header, no execution needed. */
const VISIBLE_IN_BODY: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'block-size',
  'block-transactions-root',
  'block-ommers',
  'block-withdrawals',
]);

/** Why a machine does not come to the end of a block, be it the block's fault or the machine's. */
const STOPS_EXECUTION: ReadonlySet<RejectionCode> = new Set<RejectionCode>(['block-transaction', 'block-system-call']);

export function createBlockFlow(context: Context, hooks: BlockHooks): BlockFlow {
  const { chain, outbox, retraces, nowMs } = context;
  const held = createHeldBlocks();
  const results = new Map<Hash, { readonly number: number; readonly own: ExecutionResult }>();

  function rememberResult(block: Block, hash: Hash, own: ExecutionResult): void {
    results.set(hash, { number: block.header.number, own });
    if (results.size <= 2 * HISTORY_HEIGHTS) return;
    const lowest = chain.head().header.number - HISTORY_HEIGHTS;
    for (const [old, { number }] of [...results]) if (number < lowest) results.delete(old);
    for (const oldest of results.keys()) {
      if (results.size <= 2 * HISTORY_HEIGHTS) break; // many branches at one height: the oldest give way
      results.delete(oldest);
    }
  }

  function tellExecuted(block: Block, source: BlockSource, result: BlockResult, agrees: boolean): ExecutionResult {
    const { header } = block;
    const own = executionResult(result);
    outbox.event({
      kind: 'executed',
      block: { hash: blockHash(block), number: header.number },
      parentHash: header.parentHash,
      sealer: chain.engine.sealer(header),
      inTurn: chain.engine.isInTurn(header),
      source,
      own,
      requestsHash: result.requestsHash,
      agrees,
      rlp: blockHex(block),
      transactions: transactionRefs(block),
    });
    return own;
  }

  /** One block, without those that wait for it. */
  function takeOne(block: Block, source: BlockSource, sender: Sender | null): ImportOutcome {
    const outcome = chain.importBlock(block, nowMs());
    switch (outcome.kind) {
      case 'known':
        return outcome;
      case 'imported': {
        const own = tellExecuted(block, source, outcome.result, true);
        rememberResult(block, outcome.entry.hash, own);
        if (outcome.headChange !== null) tellHead(context, outcome.headChange);
        hooks.executed(block, own, { agrees: true });
        hooks.sealSeen(block);
        hooks.imported(outcome.entry, source);
        if (outcome.headChange !== null) hooks.headMoved(outcome.headChange);
        return outcome;
      }
      case 'refused': {
        const { rejection, executed } = outcome;
        if (sender === null) outbox.count(rejection);
        else outbox.refuse(source === 'sync' ? 'response' : 'gossip', sender, rejection);
        if (executed !== null) {
          const own = tellExecuted(block, source, executed.result, false);
          rememberResult(block, blockHash(block), own);
          retraces.keep(block, executed.result, executed.writes);
          hooks.executed(block, own, { agrees: false });
        } else if (STOPS_EXECUTION.has(rejection.code)) retraces.keepUnfinished(block);
        if (mayBeSealed(rejection.code)) hooks.sealSeen(block);
        return outcome;
      }
      default:
        return unreachable(outcome);
    }
  }

  /** Imports what waited for a block, and what waited for that. */
  function takeDescendants(ancestor: Hash): void {
    const parents = [ancestor];
    for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
      for (const { block, from, bytes } of held.takeChildren(parent)) {
        const outcome = takeOne(block, 'gossip', senderOf(from));
        if (outcome.kind === 'imported') parents.push(outcome.entry.hash);
        else if (outcome.kind === 'refused') holdIfEarly(block, outcome.rejection, from, bytes);
      }
    }
  }

  function take(block: Block, source: BlockSource, sender: Sender | null): ImportOutcome {
    const outcome = takeOne(block, source, sender);
    if (outcome.kind === 'imported') takeDescendants(outcome.entry.hash);
    return outcome;
  }

  function holdIfEarly(block: Block, { code }: Rejection, from: PeerId, bytes: number): void {
    if (code === 'header-unknown-parent') held.hold({ block, bytes, from, dueMs: null });
    if (code !== 'header-future') return;
    const { timestamp } = block.header;
    if (typeof timestamp !== 'number') return; // no clock gets there
    const ahead = chain.engine.maxAheadSeconds ?? 0;
    // Not before the next millisecond: a refusal now must never be due now again.
    const dueMs = Math.max((timestamp - ahead) * 1_000, nowMs() + 1);
    if (dueMs - nowMs() <= FUTURE_MS_MAX) held.hold({ block, bytes, from, dueMs });
  }

  const senderOf = (id: PeerId): Sender => ({ id, name: context.peers.get(id)?.name ?? null });

  return {
    gossiped(sender, bytes) {
      const block = decodeBlockMessage(bytes);
      if (isRejection(block)) {
        outbox.refuse('gossip', sender, block);
        return { verdict: 'reject', missing: null };
      }
      const hash = blockHash(block);
      if (chain.entry(hash) !== null) return { verdict: 'ignore', missing: null };
      if (chain.isBad(hash)) {
        outbox.refuse('gossip', sender, reject('block-bad-ancestor', `block ${hash} was refused before`));
        return { verdict: 'ignore', missing: null };
      }
      const outcome = take(block, 'gossip', sender);
      if (outcome.kind === 'imported') return { verdict: 'accept', missing: null };
      if (outcome.kind === 'known') return { verdict: 'ignore', missing: null };

      const { rejection } = outcome;
      holdIfEarly(block, rejection, sender.id, bytes.length);
      const { number, parentHash } = block.header;
      const isOrphan = rejection.code === 'header-unknown-parent' && number > 0;
      return {
        verdict: verdictOf(rejection.code),
        missing: isOrphan ? { hash: parentHash, number: number - 1 } : null,
      };
    },
    take,
    ownResult: (hash) => results.get(hash)?.own ?? importedResult(context, hash),
    held: () => ({ blocks: held.size(), bytes: held.bytes() }),
    wake() {
      for (const { block, from, bytes } of held.takeDue(nowMs())) {
        const outcome = take(block, 'gossip', senderOf(from));
        if (outcome.kind === 'refused') holdIfEarly(block, outcome.rejection, from, bytes);
      }
    },
    wakeAtMs: held.nextDueMs,
  };
}

/** Whether a refusal leaves open that the signer did seal this header. */
function mayBeSealed(code: RejectionCode): boolean {
  return (
    code.startsWith('block-') ||
    code.startsWith('header-') ||
    code === 'seal-recently-signed' ||
    code === 'seal-difficulty'
  );
}

function tellHead({ outbox, chain }: Context, change: HeadChange): void {
  const head = chain.head();
  outbox.event({
    kind: 'head',
    block: blockRef(head),
    stateRoot: head.header.stateRoot,
    sealer: head.sealer,
    inTurn: head.inTurn,
    totalDifficulty: String(head.totalDifficulty),
    undone: change.undone.map(blockRef),
    redone: change.redone.map(blockRef),
  });
}

/** What we computed for a block before this life: it was imported, so it is what the header says. */
function importedResult({ chain }: Context, hash: Hash): ExecutionResult | null {
  const header = chain.entry(hash)?.header;
  if (header === undefined) return null;
  const { stateRoot, receiptsRoot, gasUsed, logsBloom } = header;
  return { stateRoot, receiptsRoot, gasUsed, logsBloom };
}

function executionResult({ stateRoot, receiptsRoot, gasUsed, logsBloom }: BlockResult): ExecutionResult {
  return { stateRoot, receiptsRoot, gasUsed, logsBloom };
}

function transactionRefs({ transactions }: Block): { hash: Hash; sender: Hex; nonce: string }[] {
  return transactions.flatMap((tx) => {
    const sender = transactionSender(tx);
    return isRejection(sender) ? [] : [{ hash: transactionHash(tx), sender, nonce: String(tx.nonce) }];
  });
}

const hexes = new WeakMap<Block, Hex>();

/** The whole block as hex, once per object: nodes of one simulation tell of the same one. */
function blockHex(block: Block): Hex {
  let hex = hexes.get(block);
  if (hex === undefined) {
    hex = bytesToHex(encodeBlock(block));
    hexes.set(block, hex);
  }
  return hex;
}
