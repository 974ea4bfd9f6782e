// The same blocks on @ethereumjs/vm with its Merkle state, caches included, as `createVM` sets them up.

import { createBlock } from '@ethereumjs/block';
import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { Caches, CODEHASH_PREFIX, MerkleStateManager } from '@ethereumjs/statemanager';
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx';
import { createVM, runBlock, type VM } from '@ethereumjs/vm';
import { bytesToHex, concatBytes, hexToBytes } from '../../node/lib/bytes.ts';
import { encodeTransaction, type Hash } from '../../node/types/transaction.ts';
import type { TransferCase } from './transfer-case.ts';

export type PeerBlock = {
  /** Executes the block on the state before it, and returns the root after it. */
  readonly run: () => Promise<Hash>;
};

/** Prepares a block. Its trie is filled with the nodes that our state has: it begins with the same root. */
export async function preparePeerBlock({
  config,
  header,
  transactions,
  root,
  writes,
}: TransferCase): Promise<PeerBlock> {
  const common: Common = createCustomCommon({ chainId: Number(config.chainId) }, Mainnet, { hardfork: Hardfork.Osaka });
  const trie = new MerklePatriciaTrie({ common, useKeyHashing: true, root: hexToBytes(root) });
  for (const { key, value } of writes) {
    if (value === null) continue;
    const hash = hexToBytes(`0x${key.slice(2)}`);
    await trie.database().put(key.startsWith('c/') ? concatBytes(CODEHASH_PREFIX, hash) : hash, value);
  }
  const txs: TypedTransaction[] = transactions.map((tx) => {
    const peer = createTxFromRLP(encodeTransaction(tx), { common });
    peer.getSenderAddress(); // remembered by the object
    return peer;
  });
  const block = createBlock(
    {
      header: {
        number: header.number,
        timestamp: header.timestamp,
        gasLimit: header.gasLimit,
        baseFeePerGas: header.baseFeePerGas ?? 0n,
        coinbase: hexToBytes(header.miner),
        parentHash: hexToBytes(header.parentHash),
        parentBeaconBlockRoot: hexToBytes(header.parentBeaconBlockRoot ?? header.parentHash),
      },
      transactions: [],
    },
    { common, skipConsensusFormatValidation: true },
  );
  block.transactions.push(...txs);
  const stateManager = new MerkleStateManager({ common, trie, caches: new Caches() });
  const vm: VM = await createVM({ common, stateManager });
  return {
    async run() {
      const result = await runBlock(vm, {
        block,
        root: hexToBytes(root),
        generate: true,
        skipBlockValidation: true,
        skipHeaderValidation: true,
      });
      return bytesToHex(result.stateRoot);
    },
  };
}
