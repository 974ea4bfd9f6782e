// The head as the mempool judges by it: the rules and the base fee are those of the next block.

import type { Chain } from '../chain/chain.ts';
import { nextBaseFee } from '../chain/fees.ts';
import type { PoolHead } from '../chain/mempool.ts';
import { addWide } from '../lib/wide.ts';
import { forkAt } from '../types/config.ts';

/** Describes the present head to the pool. */
export function poolHead({ chain }: { readonly chain: Chain }): PoolHead {
  const { header } = chain.head();
  const period = chain.config.clique?.period ?? 0;
  return {
    header,
    state: chain.state(header.stateRoot),
    fork: forkAt(chain.config, header.number + 1, addWide(header.timestamp, period)),
    baseFee: nextBaseFee(header),
  };
}
