// When this node seals, and that it never seals twice on one parent: what it sealed is in the store, in one batch with the block, before
// anything of it leaves. Building is chain/'s affair, whose turn it is the engine's.

import type { ImportOutcome } from '../chain/chain.ts';
import { nextBaseFee } from '../chain/fees.ts';
import type { Proposal, SealingPlan } from '../consensus/engine.ts';
import { bytesToHex, hexToBytes } from '../lib/bytes.ts';
import { divide } from '../lib/integer.ts';
import { type Block, blockHash } from '../types/block.ts';
import type { Hash } from '../types/transaction.ts';
import type { Context } from './context.ts';
import { encodeBlockMessage } from './wire/blocks.ts';

export type Sealing = {
  /** Plans anew on the present head. */
  readonly headMoved: () => void;
  readonly setEnabled: (options: { readonly enabled: boolean; readonly upTo?: number }) => void;
  /** Whether nothing but the plan decides when to seal. */
  readonly isActive: () => boolean;
  /** What the engine says about a child of the head; null for followers. */
  readonly plan: () => SealingPlan | null;
  /** Plans anew where sealing became possible, and tells why it stopped or goes on: at the end of every step. */
  readonly review: () => void;
  readonly wake: () => void;
  readonly wakeAtMs: () => number;
};

/** What sealing depends on elsewhere in the node. */
export type SealingParts = {
  readonly take: (block: Block) => ImportOutcome;
  readonly isBehind: () => boolean;
  /** By how many blocks: one is the ordinary race between a status and gossip, and not worth a word. */
  readonly lag: () => number;
  /** Whether enough peers have told where they stand. */
  readonly hasHeard: () => boolean;
  readonly isTrusted: () => boolean;
  readonly proposals: () => readonly Proposal[];
};

export function createSealing(context: Context, parts: SealingParts): Sealing {
  const { options, chain, pool, overlay, outbox, nowMs } = context;
  const { sealer } = options;
  let isEnabled = true;
  /** The last height that the operator lets this node seal. */
  let upTo = Number.POSITIVE_INFINITY;
  let planned = plan();
  /** The head on which nothing is left to seal. */
  let doneOn: Hash | null = null;
  let told: 'behind' | 'fresh-store' | null = null;
  let wasActive = isActive();

  /** The wait of a signer out of turn counts from the timestamp, or from now where that is past. */
  function plan(): { readonly plan: SealingPlan; readonly dueMs: number } | null {
    if (sealer === null) return null;
    const made = chain.plan(sealer.address);
    if (made.kind === 'wait') return { plan: made, dueMs: Number.POSITIVE_INFINITY };
    return { plan: made, dueMs: Math.max(made.timestamp * 1_000, nowMs()) + made.delayMs };
  }

  function isActive(): boolean {
    const isWanted = isEnabled && chain.head().header.number < upTo;
    return sealer !== null && isWanted && parts.hasHeard() && parts.isTrusted() && !parts.isBehind();
  }

  /** What is worth telling: not the moment in which a new network's nodes find each other, nor a block that is on its way. */
  function whyNot(): 'behind' | 'fresh-store' | null {
    if (!parts.isTrusted()) return chain.head().header.number > 0 || parts.isBehind() ? 'fresh-store' : null;
    return parts.lag() > 1 ? 'behind' : null;
  }

  function dueMs(): number {
    return planned === null || doneOn === chain.head().hash || !isActive() ? Number.POSITIVE_INFINITY : planned.dueMs;
  }

  function publish(block: Block): void {
    outbox.emit({ kind: 'publish', topic: 'blocks', bytes: encodeBlockMessage(block) });
  }

  function seal(): void {
    const head = chain.head();
    doneOn = head.hash;
    if (sealer === null || planned?.plan.kind !== 'seal') return;
    const key = sealKey(head.header.number + 1, head.hash);
    const earlier = overlay.get(key);
    if (earlier !== undefined) {
      const block = chain.block(bytesToHex(earlier));
      if (block !== null) publish(block);
      return;
    }
    const { block } = chain.build({
      signer: sealer.address,
      sign: sealer.sign,
      timestamp: Math.max(planned.plan.timestamp, divide(nowMs(), 1_000)),
      proposals: parts.proposals(),
      candidates: pool.pending(nextBaseFee(head.header)).map(({ tx }) => tx),
    });
    const outcome = parts.take(block);
    // A machine that computes something else the second time refuses its own block: it was shown to nobody, so nothing was sealed.
    if (outcome.kind !== 'imported') return;
    const hash = blockHash(block);
    overlay.put(key, hexToBytes(hash));
    const { number, parentHash } = block.header;
    outbox.event({ kind: 'sealed', block: { hash, number }, parentHash, signer: sealer.address });
    publish(block);
  }

  return {
    headMoved() {
      planned = plan();
    },
    setEnabled({ enabled, upTo: last = Number.POSITIVE_INFINITY }) {
      if (enabled !== isEnabled) outbox.event({ kind: 'sealing', enabled, reason: 'operator' });
      isEnabled = enabled;
      upTo = last;
    },
    isActive,
    plan: () => planned?.plan ?? null,
    review() {
      // Signers that were all held up must not all seal in the moment in which they no longer are: their waits begin now.
      if (isActive() && !wasActive) planned = plan();
      wasActive = isActive();
      if (sealer === null || !isEnabled) return;
      const reason = whyNot();
      if (reason === told) return;
      if (reason === null) outbox.event({ kind: 'sealing', enabled: true, reason: 'caught-up' });
      else outbox.event({ kind: 'sealing', enabled: false, reason });
      told = reason;
    },
    wake() {
      if (nowMs() >= dueMs()) seal();
    },
    wakeAtMs: dueMs,
  };
}

/** Where it is remembered what was sealed on a parent. */
function sealKey(number: number, parentHash: Hash): string {
  return `seal/${number}/${parentHash.slice(2)}`;
}
