// The transactions of a block as the checkers read them: from the bytes that a node reported, by position, with no help from the node's own
// types and rules.

import { bytesToBigint, bytesToHex, concatBytes, type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { divideBigint } from '../../node/lib/integer.ts';
import { asBytes, asList, decodeRlp, encodeRlp, type RlpItem } from '../../node/lib/rlp.ts';

export type SeenTransaction = {
  readonly hash: Hex;
  /** EIP-2718; 0 is the form from before it. */
  readonly type: number;
  /** Null for one that any chain may take (from before EIP-155). */
  readonly chainId: bigint | null;
};

/** The transactions of a block's RLP, in their order. Throws DecodeError where it is no block: a node reported it, so that would be a bug. */
export function readTransactions(rlp: Hex): readonly SeenTransaction[] {
  const block = asList(decodeRlp(hexToBytes(rlp)), 'block');
  return asList(block[1], 'transactions').map(readTransaction);
}

function readTransaction(item: RlpItem): SeenTransaction {
  if (item instanceof Uint8Array) {
    const fields = asList(decodeRlp(item.subarray(1)), 'typed transaction');
    const chainId = bytesToBigint(asBytes(fields[0], 'chain id'));
    return { hash: bytesToHex(keccak256(concatBytes(item))), type: item[0] ?? 0, chainId };
  }
  const v = bytesToBigint(asBytes(item[6], 'v'));
  const chainId = v < 35n ? null : divideBigint(v - 35n, 2n);
  return { hash: bytesToHex(keccak256(encodeRlp(item))), type: 0, chainId };
}
