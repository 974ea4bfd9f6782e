// Hex-prefix encoding of a path (Yellow Paper, appendix C): a first nibble tells leaf from extension and odd from even length.

import { DecodeError } from '../lib/rlp.ts';
import { nibbleAt, type Path } from './nibbles.ts';

/** The two kinds of node that carry a path. */
export type PathKind = 'extension' | 'leaf';

const LEAF = 0x20;
const ODD = 0x10;

/** In bytes. */
export function hexPrefixLength({ from, to }: Path): number {
  return 1 + ((to - from) >> 1);
}

/** Writes the encoding and returns where it ends. */
export function writeHexPrefix(target: Uint8Array, at: number, path: Path, kind: PathKind): number {
  const { bytes, to } = path;
  let { from } = path;
  const isOdd = ((to - from) & 1) === 1;
  target[at++] = (isOdd ? ODD | nibbleAt(bytes, from++) : 0) | (kind === 'leaf' ? LEAF : 0);
  if ((from & 1) === 0) for (let i = from >> 1; i < to >> 1; i++) target[at++] = bytes[i] ?? 0;
  else for (; from < to; from += 2) target[at++] = (nibbleAt(bytes, from) << 4) | nibbleAt(bytes, from + 1);
  return at;
}

/** The path behind the encoding that stands in a range of bytes. Throws DecodeError for anything that writeHexPrefix does not make. */
export function readHexPrefix(bytes: Uint8Array, start: number, end: number): Path & { readonly kind: PathKind } {
  const first = bytes[start] ?? 0;
  if (start === end || first >= 0x40) throw new DecodeError('malformed hex prefix');
  const isOdd = (first & ODD) !== 0;
  if (!isOdd && (first & 15) !== 0) throw new DecodeError('hex prefix with padding that is not zero');
  const kind = (first & LEAF) === 0 ? 'extension' : 'leaf';
  return { bytes, from: 2 * start + (isOdd ? 1 : 2), to: 2 * end, kind };
}
