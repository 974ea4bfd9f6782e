// Transactions between the operator, the pool and the peers: submitted and batched, gossiped, told by hash, pulled, returned after a
// reorganisation. The pool's rules are chain/mempool's. Every transaction's fate leaves here as an event, and what was accepted from our
// own operator survives a kill until its fate was told.

import type { HeadChange } from '../chain/chain.ts';
import { isRejection, mismatch, type Rejection, type RejectionCode } from '../types/rejection.ts';
import {
  decodeTransaction,
  encodeTransaction,
  type Hash,
  type Transaction,
  transactionHash,
} from '../types/transaction.ts';
import type { Context, Verdict } from './context.ts';
import type { Accepted } from './contract.ts';
import type { TransactionFate } from './events.ts';
import { createKeptTransactions } from './kept-transactions.ts';
import {
  BATCH_BYTES_TARGET,
  BATCH_DELAY_MS,
  PULL_BYTES_TARGET,
  PULL_HASHES_MAX,
  REFUSED_MAX,
  REFUSED_MEMORY_MS,
  STATUS_HASHES_MAX,
  TRANSACTION_BYTES_MAX,
} from './limits.ts';
import type { Sender } from './outbox.ts';
import type { Peer } from './peers.ts';
import { poolHead } from './pool-head.ts';
import {
  decodeTransactions,
  decodeTransactionsRequest,
  decodeTransactionsResponse,
  encodeTransactions,
  encodeTransactionsRequest,
  encodeTransactionsResponse,
} from './wire/transactions.ts';

export type TransactionFlow = {
  /** Takes up again what an earlier life was killed with: once, when this life has told where it stands. */
  readonly recover: () => void;
  /** Takes a transaction of our own operator's, durably; it is gossiped within `BATCH_DELAY_MS`. */
  readonly submit: (bytes: Uint8Array) => Accepted | Rejection;
  readonly gossiped: (sender: Sender, bytes: Uint8Array) => Verdict;
  /** Pooled hashes for a status: all of them in turns where there are many, to each peer its own. */
  readonly tell: (peer: Peer) => readonly Hash[];
  /** Pulls from a peer what it has pooled and we have not. */
  readonly told: (peer: Peer, hashes: readonly Hash[]) => void;
  /** The response to a pull, or null where the request is malformed, which was counted. */
  readonly serve: (peer: Peer, bytes: Uint8Array) => Uint8Array | null;
  readonly pulled: (peer: Peer, bytes: Uint8Array) => void;
  /** Follows the head: what was mined leaves the pool, what was undone returns to it. */
  readonly headMoved: (change: HeadChange) => void;
  readonly wake: () => void;
  readonly wakeAtMs: () => number;
};

/** Refusals that no state of the chain excuses: no correct node passes such a transaction on. */
const NEVER_VALID: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'tx-signature',
  'tx-wrong-chain',
  'tx-type-not-supported',
  'tx-tip-above-fee',
  'tx-fee-too-large',
  'tx-initcode-size',
  'tx-create-type',
  'tx-authorization-list-empty',
  'tx-nonce-max',
]);

export function createTransactionFlow(context: Context): TransactionFlow {
  const { chain, pool, outbox, overlay, requests, nowMs } = context;
  const kept = createKeptTransactions(overlay);
  let batch: { readonly tx: Transaction; readonly size: number }[] = [];
  let batchBytes = 0;
  let flushAtMs = Number.POSITIVE_INFINITY;
  /** Why a hash was refused and when it may be pulled again, in the order of refusal. */
  const refused = new Map<Hash, { readonly rejection: Rejection; readonly untilMs: number }>();

  const tellFate = (
    fate: TransactionFate,
    hash: Hash | null,
    { code = null, block = null }: { code?: RejectionCode | null; block?: Hash | null } = {},
  ): void => outbox.event({ kind: 'transaction', fate, hash, code, block });

  function rememberRefusal(hash: Hash, rejection: Rejection): void {
    refused.delete(hash);
    refused.set(hash, { rejection, untilMs: nowMs() + REFUSED_MEMORY_MS });
    for (const oldest of refused.keys()) {
      if (refused.size <= REFUSED_MAX) return;
      refused.delete(oldest);
    }
  }

  /** Gives a transaction to the pool. The fate told is `accepted` for a new one and `returned` for one of an undone block. */
  function add(tx: Transaction, fate: 'accepted' | 'returned'): Rejection | null {
    const hash = transactionHash(tx);
    const outcome = pool.add(tx);
    if (!isRejection(outcome)) {
      tellFate(fate, hash);
      if (outcome.replaced !== null) {
        kept.forget(outcome.replaced.hash);
        tellFate('replaced', outcome.replaced.hash);
      }
      for (const evicted of outcome.evicted) {
        kept.forget(evicted.hash);
        tellFate('dropped', evicted.hash, { code: 'pool-full' });
      }
      return null;
    }
    if (outcome.code === 'pool-known') return outcome;
    outbox.count(outcome);
    tellFate(fate === 'returned' ? 'dropped' : 'rejected', hash, { code: outcome.code });
    rememberRefusal(hash, outcome);
    return outcome;
  }

  /** Whether a peer's transaction is news: neither pooled, nor mined, nor refused a moment ago. */
  function isNews(hash: Hash): boolean {
    return !pool.has(hash) && chain.location(hash) === null && (refused.get(hash)?.untilMs ?? 0) <= nowMs();
  }

  function enqueue(tx: Transaction): void {
    const size = encodeTransaction(tx).length;
    batch.push({ tx, size });
    batchBytes += size;
    flushAtMs = Math.min(flushAtMs, nowMs() + BATCH_DELAY_MS);
    if (batchBytes >= BATCH_BYTES_TARGET) flush();
  }

  /** Sends the batch in messages of about BATCH_BYTES_TARGET; a transaction larger than that has a message of its own. */
  function flush(): void {
    let message: Transaction[] = [];
    let bytes = 0;
    const send = (): void => {
      if (message.length > 0)
        outbox.emit({ kind: 'publish', topic: 'transactions', bytes: encodeTransactions(message) });
      message = [];
      bytes = 0;
    };
    for (const { tx, size } of batch) {
      if (bytes + size > BATCH_BYTES_TARGET) send();
      message.push(tx);
      bytes += size;
    }
    send();
    batch = [];
    batchBytes = 0;
    flushAtMs = Number.POSITIVE_INFINITY;
  }

  /** One that was undone or left over may have been ours alone: it is kept where it is pooled again, and forgotten with its fate. */
  function takeBack(tx: Transaction): void {
    const hash = transactionHash(tx);
    add(tx, 'returned');
    if (pool.has(hash)) kept.keep(tx);
    else kept.forget(hash);
  }

  return {
    recover() {
      for (const tx of kept.recovered()) takeBack(tx);
    },

    submit(bytes) {
      const refuse = (rejection: Rejection): Rejection => {
        outbox.count(rejection);
        tellFate('rejected', null, { code: rejection.code });
        return rejection;
      };
      if (bytes.length > TRANSACTION_BYTES_MAX)
        return refuse(
          mismatch('wire-oversized', 'bytes of transaction', `at most ${TRANSACTION_BYTES_MAX}`, bytes.length),
        );
      const tx = decodeTransaction(bytes);
      if (isRejection(tx)) return refuse(tx);
      const rejection = add(tx, 'accepted');
      if (rejection !== null) return rejection;
      kept.keep(tx);
      enqueue(tx);
      return { kind: 'accepted', hash: transactionHash(tx) };
    },

    gossiped(sender, bytes) {
      const transactions = decodeTransactions(bytes);
      if (isRejection(transactions)) {
        outbox.refuse('gossip', sender, transactions);
        return 'reject';
      }
      let verdict: Verdict = 'ignore';
      for (const tx of transactions) {
        const hash = transactionHash(tx);
        if (!isNews(hash)) {
          // Beside what is news it would be passed on, and others would blame us for it.
          const earlier = refused.get(hash)?.rejection;
          if (earlier === undefined || !NEVER_VALID.has(earlier.code)) continue;
          verdict = 'reject';
          outbox.refuse('gossip', sender, earlier);
          continue;
        }
        const rejection = add(tx, 'accepted');
        if (rejection === null && verdict === 'ignore') verdict = 'accept';
        if (rejection === null || !NEVER_VALID.has(rejection.code)) continue;
        verdict = 'reject';
        const { code, message } = rejection;
        outbox.event({ kind: 'rejected', what: 'gossip', peer: sender.id, name: sender.name, code, message });
      }
      return verdict;
    },

    tell(peer) {
      const hashes = pool.hashes();
      if (hashes.length <= STATUS_HASHES_MAX) return hashes;
      const from = peer.toldHashes % hashes.length;
      peer.toldHashes = from + STATUS_HASHES_MAX;
      return [...hashes.slice(from), ...hashes.slice(0, from)].slice(0, STATUS_HASHES_MAX);
    },

    told(peer, hashes) {
      if (requests.isUnderWay(peer.id, 'transactions')) return;
      const missing = hashes.filter(isNews).slice(0, PULL_HASHES_MAX);
      if (missing.length > 0) requests.send(peer.id, 'transactions', encodeTransactionsRequest(missing), nowMs());
    },

    serve(peer, bytes) {
      const hashes = decodeTransactionsRequest(bytes);
      if (isRejection(hashes)) {
        outbox.refuse('request', peer, hashes);
        return null;
      }
      const found: Transaction[] = [];
      let size = 0;
      for (const hash of new Set(hashes)) {
        const pooled = pool.get(hash);
        if (pooled === null) continue;
        found.push(pooled.tx);
        size += encodeTransaction(pooled.tx).length;
        if (size >= PULL_BYTES_TARGET) break;
      }
      return encodeTransactionsResponse(found);
    },

    pulled(peer, bytes) {
      const transactions = decodeTransactionsResponse(bytes);
      if (isRejection(transactions)) return outbox.refuse('response', peer, transactions);
      for (const tx of transactions) if (isNews(transactionHash(tx))) add(tx, 'accepted');
    },

    headMoved({ returned }) {
      for (const { pooled, reason } of pool.reset(poolHead(context))) {
        kept.forget(pooled.hash);
        const location = chain.location(pooled.hash);
        if (location !== null) tellFate('mined', pooled.hash, { block: location.blockHash });
        else tellFate('dropped', pooled.hash, { code: reason === 'mined' ? 'tx-nonce-too-low' : reason.code });
      }
      for (const tx of returned) takeBack(tx);
    },

    wake() {
      if (nowMs() >= flushAtMs) flush();
    },
    wakeAtMs: () => flushAtMs,
  };
}
