import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { encodeRlp } from '../../node/lib/rlp.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import { type Block, blockHash, decodeBlock, encodeBlock, withdrawalToItem } from '../../node/types/block.ts';
import { headerToItem } from '../../node/types/header.ts';
import { isRejection, type Rejection } from '../../node/types/rejection.ts';
import { encodeTransaction, transactionSender } from '../../node/types/transaction.ts';
import { hasVectors, readPackedJson, readZstdLines } from '../conformance/vectors.ts';

type VectorBlock = {
  rlp: string;
  expectException?: string;
  blockHeader?: { hash: string };
  transactions?: { sender?: string }[];
};
type BlockCase = {
  id: string;
  test: { genesisRLP: string; genesisBlockHeader: { hash: string }; blocks: VectorBlock[] };
};

/** Some of their cases have gas limits or timestamps beyond 2^53 - 1. */
const PACKS = ['blockchain/ethtests-blocks.jsonl.zst', 'blockchain/eest-blockchain.jsonl.zst'];
const BASIC = 'trie-rlp-tx/basic.jsonl.gz';

describe.each(PACKS)('the valid blocks of %s', (pack) => {
  test.skipIf(!hasVectors(pack))(
    'are decoded, encoded to the same bytes, and have their hash, roots and senders',
    { timeout: 120_000 },
    async () => {
      const count = { cases: 0, blocks: 0, transactions: 0 };
      for await (const line of readZstdLines(pack)) {
        const { id, test: content } = JSON.parse(line) as BlockCase;
        count.cases++;
        const genesis = { rlp: content.genesisRLP, blockHeader: content.genesisBlockHeader };
        const valid = [genesis, ...content.blocks.filter((block) => block.expectException === undefined)];
        for (const { rlp, blockHeader, transactions = [] } of valid as VectorBlock[]) {
          const block = accepted(decodeBlock(hexToBytes(rlp)), id);
          expect(blockHash(block), id).toBe(blockHeader?.hash);
          expect(bytesToHex(encodeBlock(block)), id).toBe(rlp);
          checkRoots(block, id);
          expect(block.transactions.length, id).toBe(transactions.length);
          for (const [index, { sender }] of transactions.entries())
            if (sender !== undefined) expect(transactionSender(block.transactions[index]!), id).toBe(sender);
          count.blocks++;
          count.transactions += transactions.length;
        }
      }
      console.info(`${pack}: ${JSON.stringify(count)}`);
      expect(count.blocks).toBeGreaterThan(count.cases);
    },
  );
});

function accepted(block: Block | Rejection, id: string): Block {
  if (isRejection(block)) throw new Error(`${id}: ${block.message}`);
  return block;
}

function checkRoots({ header, transactions, ommers, withdrawals }: Block, id: string): void {
  expect(orderedTrieRoot(transactions.map(encodeTransaction)), id).toBe(header.transactionsRoot);
  expect(keccakHex(encodeRlp(ommers.map(headerToItem))), id).toBe(header.ommersHash);
  const root = withdrawals && orderedTrieRoot(withdrawals.map((each) => encodeRlp(withdrawalToItem(each))));
  expect(root, id).toBe(header.withdrawalsRoot);
}

test.skipIf(!hasVectors(BASIC))("the main network's genesis block has its hash", () => {
  const file = readPackedJson(BASIC).find(({ path }) => path.endsWith('genesishashestest.json'));
  const genesis = file?.json as { genesis_rlp_hex: string; genesis_state_root: string; genesis_hash: string };
  const block = accepted(decodeBlock(hexToBytes(`0x${genesis.genesis_rlp_hex}`)), 'genesis');
  expect(blockHash(block)).toBe(`0x${genesis.genesis_hash}`);
  expect(block.header.stateRoot).toBe(`0x${genesis.genesis_state_root}`);
});
