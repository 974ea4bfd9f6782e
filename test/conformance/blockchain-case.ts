// One case of the suite `blockchain`: a chain from a genesis that a test describes, its blocks imported one by one, some of which must be
// refused. The engine is `none` with the order of import as fork choice, since these chains have no consensus of their own.

import { blockHash, decodeBlock } from '../../node/types/block.ts';
import { createChain } from '../../node/chain/create-chain.ts';
import { createGenesisBlock, type Genesis } from '../../node/chain/genesis.ts';
import type { Engine, Tip } from '../../node/consensus/engine.ts';
import { createNone } from '../../node/consensus/none.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import { createOverlay } from '../../node/lib/store.ts';
import type { BlobSchedule, ChainConfig, Fork, ForkActivation } from '../../node/types/config.ts';
import { FORKS } from '../../node/types/config.ts';
import { isRejection, type Rejection } from '../../node/types/rejection.ts';
import { difference } from './case.ts';

type Quantities = Readonly<Record<string, string>>;
type TestAccount = {
  readonly nonce: string;
  readonly balance: string;
  readonly code: string;
  readonly storage: Quantities;
};

/** A line of a pack. */
export type BlockchainLine = {
  readonly id: string;
  readonly network: string;
  readonly test: {
    readonly pre: Readonly<Record<string, TestAccount>>;
    readonly genesisBlockHeader: Quantities & { readonly hash: Hex };
    readonly blocks: readonly { readonly rlp: Hex; readonly expectException?: string }[];
    readonly lastblockhash: Hex;
    readonly config?: {
      readonly chainid?: string;
      readonly blobSchedule?: Readonly<Record<string, Quantities>>;
    };
  };
};

/** What became of a case; `refusals` are those that were wanted, for looking at their reasons. */
export type BlockchainVerdict = {
  readonly outOfReach: string | null;
  readonly wrong: string | null;
  readonly refusals: readonly { readonly wanted: string; readonly rejection: Rejection }[];
};

/** Runs a case. */
export function runBlockchainCase(machine: Machine, { network, test }: BlockchainLine): BlockchainVerdict {
  const forks = forksOf(network, test.config?.blobSchedule ?? {});
  if (typeof forks === 'string') return { outOfReach: forks, wrong: null, refusals: [] };
  const genesis = genesisOf(test, { chainId: BigInt(test.config?.chainid ?? 1), forks, clique: null, depositContract: DEPOSIT_CONTRACT });
  const genesisHash = blockHash(createGenesisBlock(genesis).block);
  const refusals: BlockchainVerdict['refusals'][number][] = [];
  const end = (wrong: string | null): BlockchainVerdict => ({ outOfReach: null, wrong, refusals });
  const wrongGenesis = difference('genesis hash', test.genesisBlockHeader.hash, genesisHash);
  if (wrongGenesis !== null) return end(wrongGenesis);

  const overlay = createOverlay({ get: () => undefined });
  const chain = createChain({
    genesis,
    engine: createLastImportedWins(),
    machine,
    overlay,
    gasLimitTarget: genesis.gasLimit,
    random: createRandom('conformance'),
  });
  for (const [index, { rlp, expectException }] of test.blocks.entries()) {
    const block = decodeBlock(hexToBytes(rlp));
    const outcome = isRejection(block) ? block : chain.importBlock(block, Number.MAX_SAFE_INTEGER);
    const rejection = isRejection(outcome) ? outcome : outcome.kind === 'refused' ? outcome.rejection : null;
    if (expectException === undefined && rejection !== null)
      return end(`block ${index}: refused, ${rejection.code}: ${rejection.message}`);
    if (expectException === undefined) continue;
    if (rejection === null) return end(`block ${index}: imported, though ${expectException}`);
    refusals.push({ wanted: expectException, rejection });
  }
  return end(difference('last block', test.lastblockhash, chain.head().hash));
}

/** EIP-6110 on the main network, which the tests use. */
const DEPOSIT_CONTRACT: Hex = '0x00000000219ab540356cbb839cbe05303d7705fa';
