// Transactions that wait for a block: one queue of nonces per sender, ordered across senders by what they pay. Bounded everywhere. What
// the rules say of a transaction by itself is transaction-checks.ts's affair; nothing is executed.

import { delegationOf } from '../evm/delegation.ts';
import { compareText } from '../lib/bytes.ts';
import { divideBigint } from '../lib/integer.ts';
import type { Wide } from '../lib/wide.ts';
import type { StateView } from '../state/view.ts';
import type { ChainConfig, ForkActivation } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import { isRejection, mismatch, type Rejection, reject } from '../types/rejection.ts';
import {
  type Address,
  effectiveTip,
  encodeTransaction,
  type Hash,
  maxFeePerGas,
  type Transaction,
  transactionHash,
  transactionSender,
} from '../types/transaction.ts';
import { createHeap } from './heap.ts';
import { checkFunds, checkTransaction, maximumCost } from './transaction-checks.ts';

/** A transaction in the pool. */
export type Pooled = { readonly tx: Transaction; readonly hash: Hash; readonly sender: Address };

/** The head as the pool judges by it. */
export type PoolHead = {
  readonly header: Header;
  readonly state: StateView;
  readonly fork: ForkActivation;
  /** The base fee of the next block, in wei. */
  readonly baseFee: bigint;
};

export type Mempool = {
  readonly size: () => number;
  readonly has: (hash: Hash) => boolean;
  readonly get: (hash: Hash) => Pooled | null;
  /** Checks without executing, then keeps. Replacement of a nonce needs at least 10 % more of both fees. `replaced` is what left for it. */
  readonly add: (tx: Transaction) =>
    | {
        readonly kind: 'added';
        readonly pooled: Pooled;
        readonly replaced: Pooled | null;
        readonly evicted: readonly Pooled[];
      }
    | Rejection;
  /**
   * Takes over a new head: drops what is mined or no longer valid. `mined` where the nonce was used: whether by this very transaction, the
   * chain's index of locations tells. Undone transactions are added back by the caller, afterwards.
   */
  readonly reset: (head: PoolHead) => readonly { readonly pooled: Pooled; readonly reason: 'mined' | Rejection }[];
  /**
   * Executable transactions in the order in which a block takes them: nonces per sender in order, else by tip at the base fee, then by
   * hash. A sender's end where a nonce is missing, a fee does not cover the base fee, or the balance does not cover all of them.
   */
  readonly pending: (baseFee: bigint) => readonly Pooled[];
  /** All others, by sender, then by nonce. */
  readonly queued: (baseFee: bigint) => readonly Pooled[];
  /** The first nonce that neither the head's state nor an unbroken row in the pool has used. */
  readonly nextNonce: (sender: Address) => bigint;
  /** All hashes, in the order of arrival. */
  readonly hashes: () => readonly Hash[];
};

/** Transactions in the pool: some dozens of full blocks of a busy test network. */
export const POOL_MAX = 4096;
/** Bytes of all of them, so that large ones do not fill the memory before they fill the count. */
export const POOL_BYTES_MAX = 32 * 1024 * 1024;
/** Transactions of one sender. */
export const POOL_PER_SENDER_MAX = 64;
/** How far a nonce may lie beyond the sender's next one. */
export const NONCE_GAP_MAX = 64n;
/** Bytes of one transaction; go-ethereum's pool has the same. */
export const POOL_TX_BYTES_MAX = 128 * 1024;
/** What a replacement must pay more of both fees, per cent. */
const PRICE_BUMP_PERCENT = 10n;

type Added = Exclude<ReturnType<Mempool['add']>, Rejection>;
/** One sender's transactions, ascending by nonce. Never empty. */
type Queue = readonly Kept[];
type Kept = Pooled & { readonly size: number; readonly cost: bigint; readonly arrival: number };

/**
 * Creates an empty pool. `add` checks in this order: type 3 (blobs are not carried), `pool-known`, size, the rules (checkTransaction),
 * signature, the block's gas limit, nonce, code of the sender, balance, the nonce's gap, the price of what it replaces; then the bounds, which
 * evict the last nonce of whoever pays least.
 */
export function createMempool(config: ChainConfig, head: PoolHead): Mempool {
  const byHash = new Map<Hash, Kept>(); // in the order of arrival
  const queues = new Map<Address, Queue>();
  let bytes = 0;
  let arrivals = 0;
  let current = head;

  const accountNonce = (sender: Address): bigint => current.state.account(sender)?.nonce ?? 0n;
  const balance = (sender: Address): bigint => current.state.account(sender)?.balance ?? 0n;
  const queueOf = (sender: Address): Queue => queues.get(sender) ?? [];

  function insert(kept: Kept): void {
    const queue = queueOf(kept.sender).filter(({ tx }) => tx.nonce !== kept.tx.nonce);
    const later = queue.findIndex(({ tx }) => tx.nonce > kept.tx.nonce);
    queues.set(kept.sender, queue.toSpliced(later < 0 ? queue.length : later, 0, kept));
    byHash.set(kept.hash, kept);
    bytes += kept.size;
  }

  function remove(kept: Kept): void {
    const rest = queueOf(kept.sender).filter(({ hash }) => hash !== kept.hash);
    if (rest.length === 0) queues.delete(kept.sender);
    else queues.set(kept.sender, rest);
    byHash.delete(kept.hash);
    bytes -= kept.size;
  }

  /** The sender's transactions without a gap behind the account's nonce. */
  function unbroken(sender: Address): Queue {
    const first = accountNonce(sender);
    const queue = queueOf(sender);
    const gap = queue.findIndex(({ tx }, i) => tx.nonce !== first + BigInt(i));
    return gap < 0 ? queue : queue.slice(0, gap);
  }

  function executable(sender: Address, baseFee: bigint): Queue {
    const row = unbroken(sender);
    let left = balance(sender);
    const end = row.findIndex(({ tx, cost }) => {
      left -= cost;
      return maxFeePerGas(tx) < baseFee || left < 0n;
    });
    return end < 0 ? row : row.slice(0, end);
  }

  function checkRules(tx: Transaction): Rejection | null {
    const { fork, blobs } = current.fork;
    return checkTransaction({ fork, blobs, chainId: config.chainId }, tx);
  }

  function checkAccount(tx: Transaction, sender: Address): Rejection | null {
    const nonce = accountNonce(sender);
    if (tx.nonce < nonce) return tooLow(tx, nonce);
    const account = current.state.account(sender);
    const code = account === null ? null : current.state.code(account.codeHash);
    if (code !== null && code.length > 0 && delegationOf(code) === null)
      return reject('tx-sender-has-code', `sender not an eoa: address ${sender}`);

    let cost = maximumCost(tx);
    for (const earlier of queueOf(sender)) if (earlier.tx.nonce < tx.nonce) cost += earlier.cost;
    const poor = checkFunds({ balance }, sender, cost);
    if (poor !== null) return poor;

    const next = nonce + BigInt(unbroken(sender).length);
    if (tx.nonce - next <= NONCE_GAP_MAX) return null;
    return mismatch('tx-nonce-too-high', 'nonce too high', `at most ${next + NONCE_GAP_MAX}`, tx.nonce);
  }

  function add(tx: Transaction): Added | Rejection {
    if (tx.type === 3) return reject('tx-type-not-supported', 'transaction type not supported');
    const hash = transactionHash(tx);
    if (byHash.has(hash)) return reject('pool-known', 'already known');
    const size = encodeTransaction(tx).length;
    if (size > POOL_TX_BYTES_MAX)
      return mismatch(
        'pool-oversized',
        'oversized data: bytes of the transaction',
        `at most ${POOL_TX_BYTES_MAX}`,
        size,
      );
    // What is wrong on every branch is looked for first: nodes with other heads must find the same.
    const wrong = checkRules(tx);
    if (wrong !== null) return wrong;
    const sender = transactionSender(tx);
    if (isRejection(sender)) return sender;
    const replaced = queueOf(sender).find((other) => other.tx.nonce === tx.nonce) ?? null;
    const refusal =
      checkGasLimit(tx, current.header.gasLimit) ??
      checkAccount(tx, sender) ??
      (replaced === null ? null : checkReplacement(tx, replaced.tx));
    if (refusal !== null) return refusal;

    const kept: Kept = { tx, hash, sender, size, cost: maximumCost(tx), arrival: arrivals++ };
    if (replaced !== null) remove(replaced);
    insert(kept);
    return settle(kept, replaced);
  }

  /** Evicts until the bounds hold again. Where the new one itself is to go, nothing has changed. */
  function settle(kept: Kept, replaced: Kept | null): Added | Rejection {
    const evicted: Kept[] = [];
    for (let full = boundBroken(kept); full !== null; full = boundBroken(kept)) {
      const victim = full.code === 'pool-sender-full' ? queueOf(kept.sender).at(-1) : cheapestLast();
      if (victim === undefined || victim.hash === kept.hash) {
        remove(kept);
        restore(replaced === null ? evicted : [...evicted, replaced]);
        return full;
      }
      remove(victim);
      evicted.push(victim);
    }
    return { kind: 'added', pooled: kept, replaced, evicted };
  }

  /** Puts back what was taken out, where it stood in the order of arrival. */
  function restore(taken: readonly Kept[]): void {
    if (taken.length === 0) return;
    for (const kept of taken) insert(kept);
    const ordered = [...byHash].sort(([, a], [, b]) => a.arrival - b.arrival);
    byHash.clear();
    for (const [hash, kept] of ordered) byHash.set(hash, kept);
  }

  function boundBroken({ sender }: Kept): Rejection | null {
    const ofSender = queueOf(sender).length;
    if (ofSender > POOL_PER_SENDER_MAX)
      return mismatch('pool-sender-full', 'transactions of the sender', `at most ${POOL_PER_SENDER_MAX}`, ofSender);
    if (byHash.size <= POOL_MAX && bytes <= POOL_BYTES_MAX) return null;
    return reject('pool-full', `txpool is full: ${POOL_MAX} transactions or ${POOL_BYTES_MAX} bytes, and all pay more`);
  }

  /** The last transaction of the sender whose last one is worth least: behind a gap first, then by tip, then by hash. */
  function cheapestLast(): Kept | undefined {
    let cheapest: Kept | undefined;
    for (const queue of queues.values()) {
      const last = queue.at(-1);
      if (last === undefined) continue;
      if (cheapest === undefined || compareWorth(last, cheapest) < 0) cheapest = last;
    }
    return cheapest;
  }

  function compareWorth(a: Kept, b: Kept): number {
    const [gapA, gapB] = [isBehindGap(a), isBehindGap(b)];
    return gapA === gapB ? -compareTip(a, b, current.baseFee) : gapA ? -1 : 1;
  }

  function isBehindGap({ sender, tx }: Kept): boolean {
    return tx.nonce >= accountNonce(sender) + BigInt(queueOf(sender).length);
  }

  function reset(next: PoolHead): ReturnType<Mempool['reset']> {
    current = next;
    const dropped: { pooled: Pooled; reason: 'mined' | Rejection }[] = [];
    for (const [sender, queue] of [...queues].sort(([a], [b]) => compareText(a, b))) {
      const nonce = accountNonce(sender);
      let spent = 0n;
      for (const kept of queue) {
        const reason =
          kept.tx.nonce < nonce
            ? 'mined'
            : (checkRules(kept.tx) ??
              checkGasLimit(kept.tx, current.header.gasLimit) ??
              checkFunds({ balance }, sender, spent + kept.cost));
        if (reason === null) spent += kept.cost;
        else {
          remove(kept);
          dropped.push({ pooled: kept, reason });
        }
      }
    }
    return dropped;
  }

  function pending(baseFee: bigint): readonly Pooled[] {
    const heap = createHeap<{ readonly row: Queue; readonly at: number; readonly first: Kept }>((a, b) =>
      compareTip(a.first, b.first, baseFee),
    );
    const push = (row: Queue, at: number): void => {
      const first = row[at];
      if (first !== undefined) heap.push({ row, at, first });
    };
    for (const sender of queues.keys()) push(executable(sender, baseFee), 0);
    const ordered: Pooled[] = [];
    for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
      ordered.push(best.first);
      push(best.row, best.at + 1);
    }
    return ordered;
  }

  return {
    size: () => byHash.size,
    has: (hash) => byHash.has(hash),
    get: (hash) => byHash.get(hash) ?? null,
    add,
    reset,
    pending,
    queued: (baseFee) =>
      [...queues]
        .sort(([a], [b]) => compareText(a, b))
        .flatMap(([sender, queue]) => queue.slice(executable(sender, baseFee).length)),
    nextNonce: (sender) => accountNonce(sender) + BigInt(unbroken(sender).length),
    hashes: () => [...byHash.keys()],
  };
}

/** Negative where `a` pays more at the base fee; the lower hash first where they pay the same. */
function compareTip(a: Pooled, b: Pooled, baseFee: bigint): number {
  const [tipA, tipB] = [effectiveTip(a.tx, baseFee), effectiveTip(b.tx, baseFee)];
  return tipA === tipB ? compareText(a.hash, b.hash) : tipA > tipB ? -1 : 1;
}

function checkGasLimit(tx: Transaction, gasLimit: Wide): Rejection | null {
  return tx.gasLimit <= gasLimit
    ? null
    : mismatch('tx-gas-allowance', 'exceeds block gas limit', gasLimit, tx.gasLimit);
}

function tooLow(tx: Transaction, nonce: bigint): Rejection {
  const message = `nonce too low: next nonce ${nonce}, tx nonce ${tx.nonce}`;
  return { kind: 'rejection', code: 'tx-nonce-too-low', message, expected: String(nonce), actual: String(tx.nonce) };
}

function checkReplacement(tx: Transaction, replaced: Transaction): Rejection | null {
  for (const price of [maxFeePerGas, maxTipPerGas]) {
    const least = price(replaced) + bump(price(replaced));
    if (price(tx) < least)
      return mismatch('pool-underpriced', 'replacement transaction underpriced', `at least ${least}`, price(tx));
  }
  return null;
}

/** The whole per cent, rounded up, and at least one wei: an equal price never replaces. */
function bump(price: bigint): bigint {
  const part = divideBigint(price * PRICE_BUMP_PERCENT + 99n, 100n);
  return part > 0n ? part : 1n;
}

function maxTipPerGas(tx: Transaction): bigint {
  return tx.type === 0 || tx.type === 1 ? tx.gasPrice : tx.maxPriorityFeePerGas;
}
