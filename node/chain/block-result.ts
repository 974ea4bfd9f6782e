// What executing a block gives.

import type { Hex } from '../lib/bytes.ts';
import type { Receipt } from '../types/receipt.ts';
import type { Hash } from '../types/transaction.ts';

/** What our own machine computed for a block, whatever its header says. */
export type BlockResult = {
  readonly stateRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly gasUsed: number;
  readonly logsBloom: Hex;
  readonly requestsHash: Hash;
  readonly receipts: readonly Receipt[];
};
