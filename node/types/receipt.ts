// Receipts, logs and the bloom filter (Yellow Paper 4.3.1; EIP-658, EIP-2718). No rules of validity here.

import { bytesToHex, type Hex, hexToBytes, numberToBytes } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import {
  asBytes,
  asHex,
  asList,
  asNumber,
  DecodeError,
  decodeRlp,
  encodeRlp,
  encodeTypedRlp,
  type RlpItem,
} from '../lib/rlp.ts';
import { EMPTY_BLOOM } from './header.ts';
import type { Address, Hash } from './transaction.ts';

export type Log = { readonly address: Address; readonly topics: readonly Hash[]; readonly data: Uint8Array };

/** What executing one transaction left behind, as it is hashed. `root` instead of `status` stands before Byzantium. */
export type Receipt = {
  readonly type: number;
  /** 1 for success, 0 for a revert or a halt. */
  readonly status: 0 | 1;
  /** The intermediate state root of receipts from before Byzantium. */
  readonly root?: Hash;
  /** Gas used in the block up to and including this transaction. */
  readonly cumulativeGasUsed: number;
  readonly logsBloom: Hex;
  readonly logs: readonly Log[];
};

const BLOOM_BYTES = 256;
/** Most receipts have no logs. */
const NO_BLOOM = new Uint8Array(BLOOM_BYTES);

/** The 2048-bit filter of addresses and topics: three bits each (Yellow Paper, equation 26 ff.). */
export function bloomOf(logs: readonly Log[]): Hex {
  if (logs.length === 0) return EMPTY_BLOOM;
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const log of logs) {
    addToBloom(bloom, hexToBytes(log.address));
    for (const topic of log.topics) addToBloom(bloom, hexToBytes(topic));
  }
  return bytesToHex(bloom);
}

/** Whether the filter may hold the value (an address or a topic). False is certain. */
export function bloomMayHold(bloom: Hex, value: Hex): boolean {
  const probe = new Uint8Array(BLOOM_BYTES);
  addToBloom(probe, hexToBytes(value));
  const bits = hexToBytes(bloom);
  return probe.every((byte, i) => ((bits[i] ?? 0) & byte) === byte);
}

/** The filter of a block: its receipts' filters together. */
export function joinBlooms(blooms: readonly Hex[]): Hex {
  const joined = new Uint8Array(BLOOM_BYTES);
  for (const bloom of blooms) {
    if (bloom === EMPTY_BLOOM) continue;
    const bytes = hexToBytes(bloom);
    for (let i = 0; i < BLOOM_BYTES; i++) joined[i] = (joined[i] ?? 0) | (bytes[i] ?? 0);
  }
  return bytesToHex(joined);
}

/** Encodes a receipt as it stands in the receipts trie (EIP-2718). */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const outcome = receipt.root === undefined ? numberToBytes(receipt.status) : hexToBytes(receipt.root);
  const body = [
    outcome,
    numberToBytes(receipt.cumulativeGasUsed),
    receipt.logsBloom === EMPTY_BLOOM ? NO_BLOOM : hexToBytes(receipt.logsBloom),
    receipt.logs.map(logToItem),
  ];
  return receipt.type === 0 ? encodeRlp(body) : encodeTypedRlp(receipt.type, body);
}

/** Decodes what encodeReceipt made. Throws DecodeError: receipts come from our own store only. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const first = bytes[0] ?? 0;
  const type = first < 0xc0 ? first : 0;
  const [outcome, gas, bloom, logs] = asList(decodeRlp(type === 0 ? bytes : bytes.subarray(1)), 'receipt', 4);
  const status = asBytes(outcome, 'status');
  return {
    type,
    status: status.length === 1 && status[0] === 1 ? 1 : 0,
    ...(status.length === 32 && { root: bytesToHex(status) }),
    cumulativeGasUsed: asNumber(gas, 'cumulativeGasUsed'),
    logsBloom: asHex(bloom, 'logsBloom', BLOOM_BYTES),
    logs: asList(logs, 'logs').map(logFromItem),
  };
}

export function logToItem(log: Log): RlpItem {
  return [hexToBytes(log.address), log.topics.map(hexToBytes), log.data];
}

function logFromItem(item: RlpItem): Log {
  const [address, topics, data] = asList(item, 'log', 3);
  const words = asList(topics, 'topics');
  if (words.length > 4) throw new DecodeError(`log with ${words.length} topics`);
  return {
    address: asHex(address, 'log address', 20),
    topics: words.map((topic) => asHex(topic, 'topic', 32)),
    data: asBytes(data, 'log data'),
  };
}

function addToBloom(bloom: Uint8Array, value: Uint8Array): void {
  const hash = keccak256(value);
  for (const pair of [0, 2, 4]) {
    const bit = (((hash[pair] ?? 0) << 8) | (hash[pair + 1] ?? 0)) & 2047;
    const at = BLOOM_BYTES - 1 - (bit >> 3);
    bloom[at] = (bloom[at] ?? 0) | (1 << (bit & 7));
  }
}
