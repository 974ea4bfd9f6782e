// The Yellow Paper's definition of a trie's root (appendix D, the functions c, n and TRIE), written down word by word and slowly.

import { bytesToHex, EMPTY_BYTES, type Hex } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { encodeRlp, type RlpItem } from '../../node/lib/rlp.ts';

type Pair = { readonly key: string; readonly value: Uint8Array };

/** The root of the pairs; keys as hex with 0x. */
export function rootByDefinition(pairs: ReadonlyMap<Hex, Uint8Array>): Hex {
  const list = [...pairs].map(([key, value]) => ({ key: key.slice(2), value }));
  return bytesToHex(keccak256(encodeRlp(list.length === 0 ? EMPTY_BYTES : structure(list, 0))));
}

function structure(pairs: readonly Pair[], depth: number): RlpItem {
  const [first] = pairs;
  if (first === undefined) return EMPTY_BYTES;
  if (pairs.length === 1) return [hexPrefix(first.key.slice(depth), 2), first.value];

  let shared = depth;
  while (pairs.every(({ key }) => shared < key.length && key[shared] === first.key[shared])) shared++;
  if (shared > depth) return [hexPrefix(first.key.slice(depth, shared), 0), nodeCap(pairs, shared)];

  const children = [...'0123456789abcdef'].map((digit) =>
    nodeCap(
      pairs.filter(({ key }) => key[depth] === digit),
      depth + 1,
    ),
  );
  return [...children, pairs.find(({ key }) => key.length === depth)?.value ?? EMPTY_BYTES];
}

function nodeCap(pairs: readonly Pair[], depth: number): RlpItem {
  if (pairs.length === 0) return EMPTY_BYTES;
  const item = structure(pairs, depth);
  const encoded = encodeRlp(item);
  return encoded.length < 32 ? item : keccak256(encoded);
}

function hexPrefix(digits: string, flag: 0 | 2): Uint8Array {
  const text = digits.length % 2 === 0 ? `${flag}0${digits}` : `${flag + 1}${digits}`;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
