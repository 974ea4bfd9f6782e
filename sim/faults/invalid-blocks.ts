// One invalid block for each rule that a block can break, made of a valid one. Its header is sealed anew, so that nothing else is wrong.

import { nextBaseFee } from '../../node/chain/fees.ts';
import { sealOf } from '../../node/consensus/clique/extra-data.ts';
import { bytesToHex, concatBytes, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import type { Block } from '../../node/types/block.ts';
import { encodeHeader, type Header } from '../../node/types/header.ts';
import type { RejectionCode } from '../../node/types/rejection.ts';
import { encodeTransaction } from '../../node/types/transaction.ts';

export type InvalidBlock = {
  readonly name: string;
  readonly breaks: string;
  /** What a correct node answers. */
  readonly code: RejectionCode;
  readonly isResealed: boolean;
  /** Null where this block cannot break the rule: nothing is sent then. */
  readonly spoil: (block: Block, parent: Header) => Block | null;
};

const ONES = `0x${'11'.repeat(32)}` as const;
const FUTURE_SECONDS = 3_600;

/** Every rule once. */
export const INVALID_BLOCKS: readonly InvalidBlock[] = [
  spoiled('number', 'it skips a number', 'header-number', ({ number }) => ({ number: number + 1 })),
  spoiled('parent', 'nobody knows its parent', 'header-unknown-parent', () => ({ parentHash: ONES })),
  spoiled('early', 'it has its parent’s time', 'header-timestamp', (_, parent) => ({ timestamp: parent.timestamp })),
  spoiled('future', 'it is of tomorrow', 'header-future', ({ timestamp }) => ({
    timestamp: Number(timestamp) + FUTURE_SECONDS,
  })),
  spoiled('gas-limit', 'its gas limit jumps', 'header-gas-limit', ({ gasLimit }) => ({
    gasLimit: Number(gasLimit) * 2,
  })),
  spoiled('gas-over', 'it used more gas than its limit', 'header-gas-used', ({ gasLimit }) => ({
    gasUsed: Number(gasLimit) + 1,
  })),
  spoiled('base-fee', 'its base fee is a wei too high', 'header-base-fee', ({ baseFeePerGas = 0n }) => ({
    baseFeePerGas: baseFeePerGas + 1n,
  })),
  spoiled('ommers', 'it names ommers', 'header-ommers', () => ({ ommersHash: ONES })),
  spoiled('difficulty', 'its difficulty is 3', 'header-difficulty', () => ({ difficulty: 3n })),
  spoiled('turn', 'it claims the other turn', 'seal-difficulty', ({ difficulty }) => ({ difficulty: 3n - difficulty })),
  spoiled('extra-data', 'its extra data is a byte too long', 'header-extra-data', ({ extraData }) => ({
    extraData: concatBytes(extraData, Uint8Array.of(0)),
  })),
  spoiled('vote', 'its vanity holds a vote of no kind', 'seal-vote', ({ extraData }) => ({
    extraData: Uint8Array.from(extraData, (byte, at) => (at === 0 ? 7 : byte)),
  })),
  spoiled('nonce', 'it has a nonce', 'header-nonce', () => ({ nonce: '0xffffffffffffffff' })),
  spoiled('mix-hash', 'its mixHash is made up', 'header-mix-hash', () => ({ mixHash: ONES })),
  spoiled('blob-gas', 'it used blob gas', 'header-blob-gas', () => ({ blobGasUsed: 131_072 })),
  spoiled('beacon-root', 'it names a beacon block', 'header-beacon-root', () => ({ parentBeaconBlockRoot: ONES })),
  spoiled('withdrawals', 'it names withdrawals', 'header-withdrawals-root', () => ({ withdrawalsRoot: ONES })),
  spoiled('field', 'it has no requests hash', 'header-field-missing', ({ requestsHash: _, ...rest }) => rest),
  spoiled('miner', 'its miner is not who sealed it', 'seal-miner', () => ({ miner: `0x${'11'.repeat(20)}` })),
  {
    name: 'seal',
    breaks: 'its seal is of nobody',
    code: 'seal-signature',
    isResealed: false,
    spoil: (block) =>
      withHeader(block, {
        extraData: block.header.extraData.map((byte, at, all) => (at >= all.length - 65 ? 0xff : byte)),
      }),
  },
  {
    name: 'recents',
    breaks: 'its signer has sealed the parent too',
    code: 'seal-recently-signed',
    isResealed: true,
    spoil: (block) => childOf(block),
  },
  spoiled('transactions-root', 'its body holds other transactions', 'block-transactions-root', () => ({
    transactionsRoot: ONES,
  })),
  {
    name: 'transaction',
    breaks: 'a transaction stands in it twice',
    code: 'block-transaction',
    isResealed: true,
    spoil(block) {
      const [first] = block.transactions;
      if (first === undefined) return null;
      const transactions = [...block.transactions, first];
      const transactionsRoot = orderedTrieRoot(transactions.map(encodeTransaction));
      return { ...block, transactions, header: { ...block.header, transactionsRoot } };
    },
  },
  spoiled('gas-used', 'it used a unit of gas less than it says', 'block-gas-used', ({ gasUsed }) => ({
    gasUsed: Number(gasUsed) + 1,
  })),
  spoiled('receipts-root', 'its receipts are others', 'block-receipts-root', () => ({ receiptsRoot: ONES })),
  spoiled('logs-bloom', 'its bloom is full', 'block-logs-bloom', () => ({ logsBloom: `0x${'ff'.repeat(256)}` })),
  spoiled('requests-hash', 'its requests are others', 'block-requests-hash', () => ({ requestsHash: ONES })),
  spoiled('state-root', 'its state is another', 'block-state-root', () => ({ stateRoot: ONES })),
];

function spoiled(
  name: string,
  breaks: string,
  code: RejectionCode,
  change: (header: Header, parent: Header) => Partial<Header>,
): InvalidBlock {
  const spoil = (block: Block, parent: Header): Block => {
    const fields = change(block.header, parent);
    // A change that leaves a field out gives the whole rest of the header.
    return name === 'field' ? { ...block, header: fields as Header } : withHeader(block, fields);
  };
  return { name, breaks, code, isResealed: true, spoil };
}

function withHeader(block: Block, change: Partial<Header>): Block {
  return { ...block, header: { ...block.header, ...change } };
}

/** An empty block on the given one, a second later, by the same signer. */
function childOf({ header }: Block): Block {
  const mixHash = bytesToHex(keccak256(concatBytes(hexToBytes(header.mixHash), sealOf(header.extraData))));
  const child: Header = {
    ...header,
    parentHash: bytesToHex(keccak256(encodeHeader(header))),
    number: header.number + 1,
    timestamp: Number(header.timestamp) + 1,
    baseFeePerGas: nextBaseFee(header),
    difficulty: 1n,
    gasUsed: 0,
    transactionsRoot: orderedTrieRoot([]),
    mixHash,
  };
  return { header: child, transactions: [], ommers: [], withdrawals: [] };
}
