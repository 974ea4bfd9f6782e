// The way of inputs to the core: first in, first out. An input with many signatures that nobody has checked yet waits until the pool has
// recovered their senders, and what came behind it waits with it; the core then finds them in its memo. Effects are the same without.

import type { Input } from '../core/contract.ts';
import { rawTransactionsOf } from '../core/wire/raw-transactions.ts';
import { hexToBytes, isHex } from '../lib/bytes.ts';
import type { SenderPool } from './sender-pool.ts';

export type PrimedInputs = {
  readonly feed: (input: Input) => void;
  /** Forgets what waits. */
  readonly stop: () => void;
};

/** Creates the way to a driver's `input`. */
export function createPrimedInputs(parts: {
  readonly pool: Pick<SenderPool, 'prime'>;
  readonly input: (input: Input) => void;
}): PrimedInputs {
  const waiting: Input[] = [];
  let isPriming = false;
  let isStopped = false;

  const next = (): void => {
    while (!isPriming && !isStopped) {
      const input = waiting.shift();
      if (input === undefined) return;
      const priming = parts.pool.prime(transactionsOf(input));
      if (priming === undefined) {
        parts.input(input);
        continue;
      }
      isPriming = true;
      void priming.then(() => {
        isPriming = false;
        if (isStopped) return;
        parts.input(input);
        next();
      });
    }
  };

  return {
    feed(input) {
      waiting.push(input);
      next();
    },
    stop() {
      isStopped = true;
      waiting.length = 0;
    },
  };
}

function transactionsOf(input: Input): readonly Uint8Array[] {
  if (input.kind !== 'gossip' && input.kind !== 'response') return [];
  return input.bytes === null ? [] : rawTransactionsOf(input.bytes);
}

/** The transactions that the requests of a parsed JSON-RPC body submit; what is malformed is left out, the methods judge it. */
export function submittedTransactions(request: unknown): readonly Uint8Array[] {
  if (!Array.isArray(request)) return [];
  const found: Uint8Array[] = [];
  for (const each of request as readonly unknown[]) {
    if (typeof each !== 'object' || each === null || !('method' in each) || !('params' in each)) continue;
    const raw: unknown = Array.isArray(each.params) ? each.params[0] : undefined;
    if (each.method === 'eth_sendRawTransaction' && isHex(raw)) found.push(hexToBytes(raw));
  }
  return found;
}
