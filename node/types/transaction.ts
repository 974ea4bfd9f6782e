// Transactions of types 0 to 4 (EIP-155, 2930, 1559, 4844, 7702): shapes, encoding, hashing, sender. No rules of validity here.

import { bigintToBytes, bytesToHex, EMPTY_BYTES, type Hex, hexToBytes, numberToBytes } from '../lib/bytes.ts';
import { keccak256, keccakHex } from '../lib/hashing.ts';
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
  encodeTypedRlp,
  type RlpItem,
} from '../lib/rlp.ts';
import { recoverAddress, SECP256K1_HALF_N, type Signature, signDigest } from '../lib/signatures.ts';
import { type Wide, wideToBytes } from '../lib/wide.ts';
import { isRejection, type Rejection, reject } from './rejection.ts';

/** 20 bytes, lower-case hex. */
export type Address = Hex;
/** 32 bytes, lower-case hex. */
export type Hash = Hex;

/** One entry of EIP-2930's access list; storage keys are 32-byte words. */
export type AccessListEntry = { readonly address: Address; readonly storageKeys: readonly Hash[] };

/** A signed authorization of EIP-7702, as it stands in the list: it may well be invalid, and is then skipped when executed. */
export type Authorization = {
  readonly chainId: bigint;
  readonly address: Address;
  readonly nonce: bigint;
  readonly yParity: bigint;
  readonly r: bigint;
  readonly s: bigint;
};

type Common = {
  readonly nonce: bigint;
  /** In gas. */
  readonly gasLimit: Wide;
  /** Null creates a contract. */
  readonly to: Address | null;
  /** In wei. */
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly signature: Signature;
};

type WithGasPrice = { readonly gasPrice: bigint };
type WithFees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };
type WithAccessList = { readonly accessList: readonly AccessListEntry[] };

/** `chainId` is null for the unprotected form from before EIP-155. */
export type LegacyTransaction = Common & WithGasPrice & { readonly type: 0; readonly chainId: bigint | null };
export type AccessListTransaction = Common &
  WithGasPrice &
  WithAccessList & { readonly type: 1; readonly chainId: bigint };
export type FeeMarketTransaction = Common & WithFees & WithAccessList & { readonly type: 2; readonly chainId: bigint };
export type BlobTransaction = Common &
  WithFees &
  WithAccessList & {
    readonly type: 3;
    readonly chainId: bigint;
    readonly maxFeePerBlobGas: bigint;
    readonly blobVersionedHashes: readonly Hash[];
  };
export type SetCodeTransaction = Common &
  WithFees &
  WithAccessList & { readonly type: 4; readonly chainId: bigint; readonly authorizationList: readonly Authorization[] };

export type Transaction =
  | LegacyTransaction
  | AccessListTransaction
  | FeeMarketTransaction
  | BlobTransaction
  | SetCodeTransaction;

/** Omit that keeps the union's members apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type UnsignedTransaction = Without<Transaction, 'signature'>;

const encodings = new WeakMap<Transaction, Uint8Array>();
/** Transfers and ordinary calls; what is larger is seldom, and would be held twice in a full pool. */
const KEPT_ENCODING_BYTES = 512;

/**
 * Encodes a transaction as it is hashed, gossiped and put into blocks (EIP-2718). Nobody may write into the bytes: small ones are kept
 * with the object, which is encoded for its hash, the pool's messages, a block's root, its size and its body.
 */
export function encodeTransaction(tx: Transaction): Uint8Array {
  const kept = encodings.get(tx);
  if (kept !== undefined) return kept;
  const bytes = encode(tx);
  if (bytes.length <= KEPT_ENCODING_BYTES) encodings.set(tx, bytes);
  return bytes;
}

/** What the sender signs. */
export function signingHash(tx: UnsignedTransaction): Uint8Array {
  const fields = unsignedFields(tx);
  if (tx.type !== 0) return keccak256(encodeTypedRlp(tx.type, fields));
  return keccak256(
    encodeRlp(tx.chainId === null ? fields : [...fields, bigintToBytes(tx.chainId), EMPTY_BYTES, EMPTY_BYTES]),
  );
}

/** Signs with a private key of 32 bytes. */
export function signTransaction<T extends UnsignedTransaction>(
  tx: T,
  privateKey: Uint8Array,
): T & { readonly signature: Signature } {
  return { ...tx, signature: signDigest(signingHash(tx), privateKey) };
}

/** Decodes the EIP-2718 form. A rejection says what is malformed; types above 4 are `tx-type-not-supported`. */
export function decodeTransaction(bytes: Uint8Array): Transaction | Rejection {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return reject('encoding', `transaction: ${error.message}`);
    throw error;
  }
}

const hashes = new WeakMap<Transaction, Hash>();
const senders = new WeakMap<Transaction, Address>();
/** The hash covers the signature, so it has one sender. The oldest go first. */
const sendersByHash = new Map<Hash, Address>();
/** Several full pools and blocks, about 10 MB. */
const SENDERS_MAX = 32_768;

/** The transaction's hash: keccak of its EIP-2718 form. Computed once per object. */
export function transactionHash(tx: Transaction): Hash {
  let hash = hashes.get(tx);
  if (hash === undefined) {
    hash = keccakHex(encodeTransaction(tx));
    hashes.set(tx, hash);
  }
  return hash;
}

/**
 * The sender, or a rejection (`tx-signature`). High s is refused (EIP-2). Recovered once per transaction hash as long as it is
 * remembered: the same transaction comes by gossip, in a block, and to every node of a simulation.
 */
export function transactionSender(tx: Transaction): Address | Rejection {
  const known = senders.get(tx);
  if (known !== undefined) return known;
  if (tx.signature.s > SECP256K1_HALF_N)
    return reject('tx-signature', 'invalid transaction signature: s is in the upper half');
  const hash = transactionHash(tx);
  const sender = sendersByHash.get(hash) ?? recoverAddress(signingHash(tx), tx.signature);
  if (sender === null) return reject('tx-signature', 'invalid transaction signature');
  primeSender(tx, sender);
  return sender;
}

/** Tells transactionSender a result that is already known, from a worker or a neighbour. It must be right. */
export function primeSender(tx: Transaction, sender: Address): void {
  senders.set(tx, sender);
  primeSenderOf(transactionHash(tx), sender);
}

/** Whether transactionSender remembers the sender of the transaction with the hash. */
export function knowsSenderOf(hash: Hash): boolean {
  return sendersByHash.has(hash);
}

/** The same as primeSender for a transaction that is not decoded here. */
export function primeSenderOf(hash: Hash, sender: Address): void {
  sendersByHash.set(hash, sender);
  for (const oldest of sendersByHash.keys()) {
    if (sendersByHash.size <= SENDERS_MAX) return;
    sendersByHash.delete(oldest);
  }
}

/** The most that the transaction pays per unit of gas, in wei. */
export function maxFeePerGas(tx: Transaction): bigint {
  return tx.type === 0 || tx.type === 1 ? tx.gasPrice : tx.maxFeePerGas;
}

/** What the sealer gets per unit of gas at a base fee, in wei; negative where the fee does not cover it (EIP-1559). */
export function effectiveTip(tx: Transaction, baseFee: bigint): bigint {
  const above = maxFeePerGas(tx) - baseFee;
  if (tx.type === 0 || tx.type === 1) return above;
  return tx.maxPriorityFeePerGas < above ? tx.maxPriorityFeePerGas : above;
}

export function accessListOf(tx: UnsignedTransaction): readonly AccessListEntry[] {
  return tx.type === 0 ? [] : tx.accessList;
}

/** EIP-2718 items inside a block's body or a wire message: a list for legacy transactions, a byte string for typed ones. */
export function transactionToItem(tx: Transaction): RlpItem {
  const bytes = encodeTransaction(tx);
  return tx.type === 0 ? decodeRlp(bytes) : bytes;
}

/** The reverse of transactionToItem. Throws DecodeError. */
export function transactionFromItem(item: RlpItem): Transaction {
  const tx = item instanceof Uint8Array ? decodeTransaction(item) : decodeLegacy(item);
  if (isRejection(tx)) throw new DecodeError(tx.message);
  if (item instanceof Uint8Array && tx.type === 0) throw new DecodeError('legacy transaction inside a byte string');
  return tx;
}

function encode(tx: Transaction): Uint8Array {
  const fields = unsignedFields(tx);
  const { r, s, yParity } = tx.signature;
  if (tx.type === 0) {
    const v = tx.chainId === null ? BigInt(27 + yParity) : tx.chainId * 2n + BigInt(35 + yParity);
    return encodeRlp([...fields, bigintToBytes(v), bigintToBytes(r), bigintToBytes(s)]);
  }
  return encodeTypedRlp(tx.type, [...fields, numberToBytes(yParity), bigintToBytes(r), bigintToBytes(s)]);
}

function unsignedFields(tx: UnsignedTransaction): RlpItem[] {
  const to = tx.to === null ? EMPTY_BYTES : hexToBytes(tx.to);
  const tail = [wideToBytes(tx.gasLimit), to, bigintToBytes(tx.value), tx.data];
  if (tx.type === 0) return [bigintToBytes(tx.nonce), bigintToBytes(tx.gasPrice), ...tail];

  const head = [bigintToBytes(tx.chainId), bigintToBytes(tx.nonce)];
  const accessList = tx.accessList.map((entry) => [hexToBytes(entry.address), entry.storageKeys.map(hexToBytes)]);
  if (tx.type === 1) return [...head, bigintToBytes(tx.gasPrice), ...tail, accessList];

  const fees = [bigintToBytes(tx.maxPriorityFeePerGas), bigintToBytes(tx.maxFeePerGas)];
  const common = [...head, ...fees, ...tail, accessList];
  if (tx.type === 2) return common;
  if (tx.type === 3) return [...common, bigintToBytes(tx.maxFeePerBlobGas), tx.blobVersionedHashes.map(hexToBytes)];
  return [...common, tx.authorizationList.map(authorizationFields)];
}

function authorizationFields(a: Authorization): RlpItem {
  const numbers = [a.nonce, a.yParity, a.r, a.s].map(bigintToBytes);
  return [bigintToBytes(a.chainId), hexToBytes(a.address), ...numbers];
}

function decode(bytes: Uint8Array): Transaction | Rejection {
  const type = bytes[0];
  if (type === undefined) throw new DecodeError('no bytes');
  if (type >= 0xc0) return decodeLegacy(decodeRlp(bytes));
  if (type === 0 || type > 4) return reject('tx-type-not-supported', `transaction type not supported: ${type}`);
  return decodeTyped(type, decodeRlp(bytes.subarray(1)));
}

function decodeLegacy(item: RlpItem): LegacyTransaction {
  const list = asList(item, 'legacy transaction', 9);
  const v = asBigint(list[6], 'v', 256);
  const r = asBigint(list[7], 'r', 256);
  const s = asBigint(list[8], 's', 256);
  const isProtected = v >= 35n;
  if (!isProtected && v !== 27n && v !== 28n) throw new DecodeError(`v is ${v}`);
  return {
    type: 0,
    chainId: isProtected ? (v - 35n) >> 1n : null,
    nonce: asBigint(list[0], 'nonce', 64),
    gasPrice: asBigint(list[1], 'gasPrice', 256),
    ...tailFields(list.slice(2, 6)),
    signature: { r, s, yParity: Number(isProtected ? (v - 35n) & 1n : v - 27n) },
  };
}

const FIELD_COUNT = [9, 11, 12, 14, 13] as const;

function decodeTyped(type: number, item: RlpItem): Transaction {
  const list = asList(item, `transaction of type ${type}`, FIELD_COUNT[type]);
  const chainId = asBigint(list[0], 'chainId', 256);
  const nonce = asBigint(list[1], 'nonce', 64);
  const signature = {
    yParity: asNumber(list.at(-3), 'yParity'),
    r: asBigint(list.at(-2), 'r', 256),
    s: asBigint(list.at(-1), 's', 256),
  };
  if (signature.yParity > 1) throw new DecodeError(`yParity is ${signature.yParity}`);
  if (type === 1) {
    const gasPrice = asBigint(list[2], 'gasPrice', 256);
    return {
      type,
      chainId,
      nonce,
      gasPrice,
      ...tailFields(list.slice(3, 7)),
      accessList: accessList(list[7]),
      signature,
    };
  }
  const common = {
    chainId,
    nonce,
    maxPriorityFeePerGas: asBigint(list[2], 'maxPriorityFeePerGas', 256),
    maxFeePerGas: asBigint(list[3], 'maxFeePerGas', 256),
    ...tailFields(list.slice(4, 8)),
    accessList: accessList(list[8]),
    signature,
  };
  if (type === 2) return { type, ...common };
  if (type === 3) {
    const blobVersionedHashes = asList(list[10], 'blobVersionedHashes').map((hash) =>
      asHex(hash, 'blobVersionedHash', 32),
    );
    return { type, ...common, maxFeePerBlobGas: asBigint(list[9], 'maxFeePerBlobGas', 256), blobVersionedHashes };
  }
  return { type: 4, ...common, authorizationList: asList(list[9], 'authorizationList').map(authorization) };
}

function tailFields(list: readonly RlpItem[]): Pick<Common, 'gasLimit' | 'to' | 'value' | 'data'> {
  const to = asBytes(list[1], 'to');
  if (to.length !== 0 && to.length !== 20) throw new DecodeError(`to: expected 0 or 20 bytes, got ${to.length}`);
  return {
    gasLimit: asWide(list[0], 'gasLimit'),
    to: to.length === 0 ? null : bytesToHex(to),
    value: asBigint(list[2], 'value', 256),
    data: asOwnBytes(list[3], 'data'),
  };
}

function accessList(item: RlpItem | undefined): AccessListEntry[] {
  return asList(item, 'accessList').map((entry) => {
    const [address, keys] = asList(entry, 'accessList entry', 2);
    return {
      address: asHex(address, 'accessList address', 20),
      storageKeys: asList(keys, 'storageKeys').map((key) => asHex(key, 'storageKey', 32)),
    };
  });
}

function authorization(item: RlpItem): Authorization {
  const list = asList(item, 'authorization', 6);
  return {
    chainId: asBigint(list[0], 'authorization chainId', 256),
    address: asHex(list[1], 'authorization address', 20),
    nonce: asBigint(list[2], 'authorization nonce', 64),
    yParity: asBigint(list[3], 'authorization yParity', 8),
    r: asBigint(list[4], 'authorization r', 256),
    s: asBigint(list[5], 'authorization s', 256),
  };
}
