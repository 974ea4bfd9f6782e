// Hex-prefix encoding of a path (Yellow Paper, appendix C): a first nibble tells leaf from extension and odd from even length.

import { DecodeError } from '../lib/rlp.ts';
import type { Nibbles } from './nibbles.ts';

/** The two kinds of node that carry a path. */
export type PathKind = 'extension' | 'leaf';

const LEAF = 0x20;
const ODD = 0x10;

export function encodeHexPrefix(path: Nibbles, kind: PathKind): Uint8Array {
  const odd = path.length & 1;
  const bytes = new Uint8Array(1 + (path.length >> 1));
  const first = odd === 1 ? ODD | (path[0] ?? 0) : 0;
  bytes[0] = first | (kind === 'leaf' ? LEAF : 0);
  for (let i = 1, at = odd; i < bytes.length; i++, at += 2) bytes[i] = ((path[at] ?? 0) << 4) | (path[at + 1] ?? 0);
  return bytes;
}

/** The reverse. Throws DecodeError for anything that encodeHexPrefix does not make. */
export function decodeHexPrefix(bytes: Uint8Array): { readonly path: Nibbles; readonly kind: PathKind } {
  const first = bytes[0];
  if (first === undefined || first >= 0x40) throw new DecodeError('malformed hex prefix');
  const odd = (first & ODD) === 0 ? 0 : 1;
  if (odd === 0 && (first & 15) !== 0) throw new DecodeError('hex prefix with padding that is not zero');
  const path = new Uint8Array(2 * (bytes.length - 1) + odd);
  if (odd === 1) path[0] = first & 15;
  for (let i = 1, at = odd; i < bytes.length; i++, at += 2) {
    const byte = bytes[i] ?? 0;
    path[at] = byte >> 4;
    path[at + 1] = byte & 15;
  }
  return { path, kind: (first & LEAF) === 0 ? 'extension' : 'leaf' };
}
