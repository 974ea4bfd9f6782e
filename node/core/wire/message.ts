// The frame of every message between nodes: one byte of type, then one RLP item. What a type holds is its own file's affair.

import { concatBytes } from '../../lib/bytes.ts';
import { DecodeError, decodeRlp, encodeRlp, type RlpItem } from '../../lib/rlp.ts';
import { mismatch, type Rejection, reject } from '../../types/rejection.ts';

/** The type byte. Gossip below 0x10; requests are even from 0x10 on, their responses the odd number behind. */
export const MESSAGE = {
  transactions: 0x01,
  block: 0x02,
  disagreement: 0x03,
  evidence: 0x04,
  statusRequest: 0x10,
  statusResponse: 0x11,
  blocksRequest: 0x12,
  blocksResponse: 0x13,
  transactionsRequest: 0x14,
  transactionsResponse: 0x15,
  attestationsRequest: 0x16,
  attestationsResponse: 0x17,
} as const;

/** How a kind of message is read: its type byte, its largest size, and the reader of its item, which throws DecodeError. */
export type MessageFormat<T> = {
  readonly type: number;
  readonly bytesMax: number;
  readonly what: string;
  readonly read: (item: RlpItem) => T;
};

export function encodeMessage(type: number, item: RlpItem): Uint8Array {
  return concatBytes(Uint8Array.of(type), encodeRlp(item));
}

/** Decodes in the order: size (`wire-oversized`), type (`wire-unknown-message`), content (`encoding`). */
export function decodeMessage<T>(bytes: Uint8Array, format: MessageFormat<T>): T | Rejection {
  if (bytes.length > format.bytesMax)
    return mismatch('wire-oversized', `bytes of ${format.what}`, `at most ${format.bytesMax}`, bytes.length);
  if (bytes[0] !== format.type)
    return mismatch('wire-unknown-message', `type of ${format.what}`, format.type, bytes[0] ?? 'nothing');
  try {
    return format.read(decodeRlp(bytes.subarray(1)));
  } catch (error) {
    if (error instanceof DecodeError) return reject('encoding', `${format.what}: ${error.message}`);
    throw error;
  }
}

/**
 * Decodes at most once per byte array, which must never change: nodes of one simulation share messages, and so decoded forms,
 * recovered senders and sealers.
 */
export function memoised<T extends object>(
  decode: (bytes: Uint8Array) => T | Rejection,
): (bytes: Uint8Array) => T | Rejection {
  const decoded = new WeakMap<Uint8Array, T | Rejection>();
  return (bytes) => {
    const known = decoded.get(bytes);
    if (known !== undefined) return known;
    const result = decode(bytes);
    decoded.set(bytes, result);
    return result;
  };
}
