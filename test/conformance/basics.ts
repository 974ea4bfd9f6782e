// The small suites: `keccak`, `rlp`, `trie` and `tx` (decoding, sender, hash and intrinsic gas of single transactions).

import { intrinsicGas } from '../../node/chain/intrinsic-gas.ts';
import { checkTransaction } from '../../node/chain/transaction-checks.ts';
import { bigintToBytes, bytesToHex, type Hex, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex } from '../../node/lib/hashing.ts';
import { DecodeError, decodeRlp, encodeRlp, type RlpItem } from '../../node/lib/rlp.ts';
import { recoverAddress } from '../../node/lib/signatures.ts';
import { updateTrie } from '../../node/trie/update.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { isRejection, type Rejection } from '../../node/types/rejection.ts';
import {
  accessListOf,
  decodeTransaction,
  signingHash,
  type Transaction,
  transactionHash,
  transactionSender,
} from '../../node/types/transaction.ts';
import { type Case, difference } from './case.ts';
import { judgeReason } from './exceptions.ts';
import { forkNamed } from './forks.ts';
import { readGzipLines, readPackedJson } from './vectors.ts';

/** The file that each of these suites needs. */
export const BASIC_VECTORS = {
  keccak: 'keccak/keccak256-and-sha3.jsonl.gz',
  rlp: 'trie-rlp-tx/rlp.jsonl.gz',
  trie: 'trie-rlp-tx/trie.jsonl.gz',
  tx: 'trie-rlp-tx/transactions.jsonl.gz',
} as const;

/** Keccak-256 of messages of every length up to 255 bytes. */
export function keccakCases(): Case[] {
  return (readGzipLines(BASIC_VECTORS.keccak) as { msg: string; keccak256: string }[]).map((vector) => ({
    id: `keccak of ${vector.msg.length / 2} bytes`,
    run: () => difference('hash', `0x${vector.keccak256}`, keccakHex(hexToBytes(`0x${vector.msg}`))),
  }));
}

type RlpVector = { readonly in: unknown; readonly out: string };

/** Encodings, and byte strings that must or must not decode. */
export function rlpCases(): Case[] {
  return readPackedJson(BASIC_VECTORS.rlp).flatMap(({ path, json }) =>
    Object.entries(json as Record<string, RlpVector>).map(([name, vector]) => ({
      id: `${path}::${name}`,
      run: () => checkRlp(vector),
    })),
  );
}

function checkRlp(vector: RlpVector): string | null {
  const bytes = hexToBytes(vector.out.startsWith('0x') ? vector.out : `0x${vector.out}`);
  let decoded: RlpItem | null = null;
  try {
    decoded = decodeRlp(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  if (vector.in === 'INVALID') return decoded === null ? null : 'decoded what is malformed';
  if (decoded === null) return 'did not decode';
  const again = difference('encoding of what was decoded', bytesToHex(bytes), bytesToHex(encodeRlp(decoded)));
  if (vector.in === 'VALID' || again !== null) return again;
  return difference('encoding', bytesToHex(bytes), bytesToHex(encodeRlp(itemOf(vector.in))));
}

function itemOf(value: unknown): RlpItem {
  if (Array.isArray(value)) return value.map(itemOf);
  if (typeof value === 'number') return bigintToBytes(BigInt(value));
  const text = String(value);
  return text.startsWith('#') ? bigintToBytes(BigInt(text.slice(1))) : utf8ToBytes(text);
}

type TrieVector = { readonly in: unknown; readonly root?: string };

/** Roots of tries that grow and shrink, with keys as they are and hashed. */
export function trieCases(): Case[] {
  return readPackedJson(BASIC_VECTORS.trie).flatMap(({ path, json }) =>
    Object.entries(json as Record<string, TrieVector>).flatMap(([name, vector]) => {
      const { root } = vector;
      if (root === undefined) return []; // the one file about neighbours of a key, which no root proves
      const isSecure = /secure/i.test(path);
      return [{ id: `${path}::${name}`, run: () => difference('root', root, trieRoot(vector.in, isSecure)) }];
    }),
  );
}

/** One update after the other, so that deletions work on what was there. */
function trieRoot(input: unknown, isSecure: boolean): string {
  const pairs = (Array.isArray(input) ? input : Object.entries(input as object)) as [string, string | null][];
  const nodes = new Map<Hex, Uint8Array>();
  let root: Hex = EMPTY_TRIE_ROOT;
  for (const [key, value] of pairs) {
    const bytes = bytesOf(key);
    const change = { key: isSecure ? keccak256(bytes) : bytes, value: value === null ? null : bytesOf(value) };
    const update = updateTrie((at, from) => nodes.get(bytesToHex(at.subarray(from, from + 32)))!, root, [change]);
    root = update.root;
    for (const [hash, node] of update.nodes) nodes.set(hash, node);
  }
  return root;
}

function bytesOf(text: string): Uint8Array {
  return text.startsWith('0x') ? hexToBytes(text) : utf8ToBytes(text);
}

type TransactionVector = {
  readonly txbytes: string;
  readonly result: Readonly<
    Record<string, { sender?: string; hash?: string; intrinsicGas?: string; exception?: string }>
  >;
};

/** Every transaction under every fork that its file names. */
export function transactionCases(): Case[] {
  return readPackedJson(BASIC_VECTORS.tx).flatMap(({ path, json }) =>
    Object.entries(json as Record<string, TransactionVector>).flatMap(([name, { txbytes, result }]) => {
      const tx = decodeTransaction(hexToBytes(txbytes)); // once for all forks, so that its sender is recovered once
      return Object.entries(result).map(([fork, expected]) => ({
        id: `${path}::${name}[${fork}]`,
        run: () => checkTransactionVector(tx, fork, expected),
      }));
    }),
  );
}

function checkTransactionVector(
  tx: Transaction | Rejection,
  forkName: string,
  expected: { sender?: string; hash?: string; intrinsicGas?: string; exception?: string },
): string | null {
  const fork = forkNamed(forkName);
  const rules = { fork, chainId: 1n, blobs: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 } };
  const refusal = isRejection(tx) ? tx : checkTransaction(rules, tx);
  const sender = isRejection(tx) ? tx : senderUnder(forkName, tx);
  if (expected.exception !== undefined) {
    const rejections = [refusal, sender].filter(isRejection); // some are wrong twice
    if (rejections.length === 0) return `expected a refusal (${expected.exception})`;
    if (judgeReason(expected.exception, ...rejections) === 'right') return null;
    return `expected ${expected.exception}, got ${rejections.map(({ code, message }) => `${code} (${message})`).join(' and ')}`;
  }
  if (isRejection(tx) || refusal !== null) return `refused: ${refusal?.code} (${refusal?.message})`;
  if (isRejection(sender)) return `refused: ${sender.code} (${sender.message})`;
  const cost = {
    to: tx.to,
    data: tx.data,
    accessList: accessListOf(tx),
    authorizations: tx.type === 4 ? tx.authorizationList.length : 0,
  };
  return (
    difference('sender', String(expected.sender), sender) ??
    difference('hash', String(expected.hash), transactionHash(tx)) ??
    difference('intrinsic gas', String(Number(expected.intrinsicGas)), String(intrinsicGas(fork, cost)))
  );
}

/** Frontier alone admits a high s; no chain of ours begins before Homestead, so the node's own function never does. */
function senderUnder(forkName: string, tx: Transaction) {
  if (forkName !== 'Frontier') return transactionSender(tx);
  return recoverAddress(signingHash(tx), tx.signature) ?? transactionSender(tx);
}
