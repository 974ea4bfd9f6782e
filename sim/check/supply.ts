// All balances of a state together, read from the nodes of its trie by position: subtrees that two states share are added up once.

import { bytesToBigint, bytesToHex, type Hex } from '../../node/lib/bytes.ts';
import { asBytes, asList, decodeRlp, type RlpItem } from '../../node/lib/rlp.ts';

/** Gives a trie node's encoding by its hash. */
export type ReadNode = (hash: Hex) => Uint8Array;

/** The root of a trie without anything in it. */
const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
const HASH_BYTES = 32;
/** The first nibble of a compact path from this on says that the node is a leaf (Yellow Paper, appendix C). */
const LEAF_FLAG = 0x20;

/** Returns how to add up the balances of a state by its root, in wei. */
export function supplyReader(read: ReadNode): (root: Hex) => bigint {
  const sums = new Map<Hex, bigint>();

  function ofHash(hash: Hex): bigint {
    let sum = sums.get(hash);
    if (sum === undefined) {
      sum = ofNode(decodeRlp(read(hash)));
      sums.set(hash, sum);
    }
    return sum;
  }

  function ofChild(child: RlpItem): bigint {
    if (!(child instanceof Uint8Array)) return ofNode(child);
    if (child.length === 0) return 0n;
    return ofHash(bytesToHex(asBytes(child, 'child', HASH_BYTES)));
  }

  function ofNode(node: RlpItem): bigint {
    const items = asList(node, 'trie node');
    if (items.length !== 2) return items.slice(0, 16).reduce((sum: bigint, child) => sum + ofChild(child), 0n);
    const [path = [], value = []] = items;
    const isLeaf = (asBytes(path, 'path')[0] ?? 0) >= LEAF_FLAG;
    return isLeaf ? balanceOf(asBytes(value, 'account')) : ofChild(value);
  }

  return (root) => (root === EMPTY_ROOT ? 0n : ofHash(root));
}

/** An account is nonce, balance, storage root, code hash. */
function balanceOf(account: Uint8Array): bigint {
  return bytesToBigint(asBytes(asList(decodeRlp(account), 'account')[1], 'balance'));
}
