// What a block gives without a transaction: withdrawals (EIP-4895), and before the merge the rewards of mining (Yellow Paper 11.3). With
// Clique neither exists: who seals gets the fees and nothing else.

import { divideBigint } from '../lib/integer.ts';
import type { Journal } from '../state/journal.ts';
import type { Withdrawal } from '../types/block.ts';
import { type Fork, includesFork } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import type { Address } from '../types/transaction.ts';

const WEI_PER_GWEI = 1_000_000_000n;
const WEI_PER_ETHER = 1_000_000_000_000_000_000n;

/** Credits the withdrawals. One of zero creates no account. */
export function creditWithdrawals(journal: Journal, withdrawals: readonly Withdrawal[]): void {
  if (withdrawals.length === 0) return;
  journal.beginTransaction();
  for (const { address, amount } of withdrawals) journal.addBalance(address, amount * WEI_PER_GWEI);
  journal.endTransaction({ deleteEmpty: true });
}

/** Credits who mined a block from before the merge and its ommers. */
export function creditMiners(
  journal: Journal,
  fork: Fork,
  block: { readonly number: number; readonly coinbase: Address; readonly ommers: readonly Header[] },
): void {
  const reward = blockReward(fork);
  journal.beginTransaction();
  for (const ommer of block.ommers)
    journal.addBalance(ommer.miner, divideBigint(reward * BigInt(8 - (block.number - ommer.number)), 8n));
  journal.addBalance(block.coinbase, reward + divideBigint(reward * BigInt(block.ommers.length), 32n));
  journal.endTransaction({ deleteEmpty: includesFork(fork, 'SpuriousDragon') });
}

/** EIP-649, EIP-1234. */
function blockReward(fork: Fork): bigint {
  if (includesFork(fork, 'Constantinople')) return 2n * WEI_PER_ETHER;
  return (includesFork(fork, 'Byzantium') ? 3n : 5n) * WEI_PER_ETHER;
}
