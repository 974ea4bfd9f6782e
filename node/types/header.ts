// The block header in Ethereum's encoding, every fork's optional tail included, and its hash. No rules of validity here.

import { bigintToBytes, bytesToHex, type Hex, hexToBytes, numberToBytes } from '../lib/bytes.ts';
import { keccakHex } from '../lib/hashing.ts';
import {
  asBigint,
  asBytes,
  asHex,
  asList,
  asNumber,
  asOwnBytes,
  asWide,
  DecodeError,
  decodeRlp,
  encodeRlp,
  type RlpItem,
} from '../lib/rlp.ts';
import { type Wide, wideToBytes } from '../lib/wide.ts';
import { type Rejection, reject } from './rejection.ts';
import type { Address, Hash } from './transaction.ts';

/** A block's header. Gas in gas, times in seconds, fees in wei. The fields behind `nonce` appear fork by fork, in this order. */
export type Header = {
  readonly parentHash: Hash;
  readonly ommersHash: Hash;
  /** The beneficiary of the fees; with Clique here, always the sealer. */
  readonly miner: Address;
  readonly stateRoot: Hash;
  readonly transactionsRoot: Hash;
  readonly receiptsRoot: Hash;
  /** 256 bytes. */
  readonly logsBloom: Hex;
  readonly difficulty: bigint;
  readonly number: number;
  readonly gasLimit: Wide;
  readonly gasUsed: number;
  readonly timestamp: Wide;
  readonly extraData: Uint8Array;
  /** PREVRANDAO since the merge. */
  readonly mixHash: Hash;
  /** 8 bytes. */
  readonly nonce: Hex;
  /** EIP-1559. */
  readonly baseFeePerGas?: bigint;
  /** EIP-4895. */
  readonly withdrawalsRoot?: Hash;
  /** EIP-4844. */
  readonly blobGasUsed?: number;
  /** EIP-4844. */
  readonly excessBlobGas?: number;
  /** EIP-4788. */
  readonly parentBeaconBlockRoot?: Hash;
  /** EIP-7685. */
  readonly requestsHash?: Hash;
};

export const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`;
export const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`;
export const ZERO_NONCE: Hex = `0x${'00'.repeat(8)}`;
export const EMPTY_BLOOM: Hex = `0x${'00'.repeat(256)}`;
/** keccak of the RLP of an empty list: no ommers. */
export const EMPTY_OMMERS_HASH: Hash = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
/** keccak of the RLP of an empty byte string: the root of an empty trie. */
export const EMPTY_TRIE_ROOT: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
/** keccak of no bytes: the code hash of an account without code. */
export const EMPTY_CODE_HASH: Hash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';

export function headerToItem(header: Header): RlpItem[] {
  const items: RlpItem[] = [
    hexToBytes(header.parentHash),
    hexToBytes(header.ommersHash),
    hexToBytes(header.miner),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    bigintToBytes(header.difficulty),
    numberToBytes(header.number),
    wideToBytes(header.gasLimit),
    numberToBytes(header.gasUsed),
    wideToBytes(header.timestamp),
    header.extraData,
    hexToBytes(header.mixHash),
    hexToBytes(header.nonce),
  ];
  if (header.baseFeePerGas !== undefined) items.push(bigintToBytes(header.baseFeePerGas));
  if (header.withdrawalsRoot !== undefined) items.push(hexToBytes(header.withdrawalsRoot));
  if (header.blobGasUsed !== undefined) items.push(numberToBytes(header.blobGasUsed));
  if (header.excessBlobGas !== undefined) items.push(numberToBytes(header.excessBlobGas));
  if (header.parentBeaconBlockRoot !== undefined) items.push(hexToBytes(header.parentBeaconBlockRoot));
  if (header.requestsHash !== undefined) items.push(hexToBytes(header.requestsHash));
  return items;
}

export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerToItem(header));
}

const hashes = new WeakMap<Header, Hash>();

/** The block's hash. Computed once per object. */
export function headerHash(header: Header): Hash {
  let hash = hashes.get(header);
  if (hash === undefined) {
    hash = keccakHex(encodeHeader(header));
    hashes.set(header, hash);
  }
  return hash;
}

export function decodeHeader(bytes: Uint8Array): Header | Rejection {
  try {
    return headerFromItem(decodeRlp(bytes));
  } catch (error) {
    if (error instanceof DecodeError) return reject('encoding', `header: ${error.message}`);
    throw error;
  }
}

const FIELDS_FRONTIER = 15;
/** Field counts that occur: Frontier, London, Shanghai, Cancun (three fields at once), Prague. */
const FIELD_COUNTS: readonly number[] = [FIELDS_FRONTIER, 16, 17, 20, 21];

/** The reverse of headerToItem. Throws DecodeError. */
export function headerFromItem(item: RlpItem): Header {
  const list = asList(item, 'header');
  if (!FIELD_COUNTS.includes(list.length)) throw new DecodeError(`header of ${list.length} fields`);
  return {
    parentHash: asHex(list[0], 'parentHash', 32),
    ommersHash: asHex(list[1], 'ommersHash', 32),
    miner: asHex(list[2], 'miner', 20),
    stateRoot: asHex(list[3], 'stateRoot', 32),
    transactionsRoot: asHex(list[4], 'transactionsRoot', 32),
    receiptsRoot: asHex(list[5], 'receiptsRoot', 32),
    logsBloom: asHex(list[6], 'logsBloom', 256),
    difficulty: asBigint(list[7], 'difficulty', 256),
    number: asNumber(list[8], 'number'),
    gasLimit: asWide(list[9], 'gasLimit'),
    gasUsed: asNumber(list[10], 'gasUsed'),
    timestamp: asWide(list[11], 'timestamp'),
    extraData: asOwnBytes(list[12], 'extraData'),
    mixHash: asHex(list[13], 'mixHash', 32),
    nonce: bytesToHex(asBytes(list[14], 'nonce', 8)),
    ...(list.length >= 16 && { baseFeePerGas: asBigint(list[15], 'baseFeePerGas', 256) }),
    ...(list.length >= 17 && { withdrawalsRoot: asHex(list[16], 'withdrawalsRoot', 32) }),
    ...(list.length >= 20 && {
      blobGasUsed: asNumber(list[17], 'blobGasUsed'),
      excessBlobGas: asNumber(list[18], 'excessBlobGas'),
      parentBeaconBlockRoot: asHex(list[19], 'parentBeaconBlockRoot', 32),
    }),
    ...(list.length >= 21 && { requestsHash: asHex(list[20], 'requestsHash', 32) }),
  };
}
