// Paths of half bytes, since a trie branches sixteen ways. They are never spelt out: a path is a range of the nibbles of some bytes, a key's
// or those of an encoded node.

/** The nibbles of `bytes` from `from` up to `to`, counted from the first byte's upper half. */
export type Path = { readonly bytes: Uint8Array; readonly from: number; readonly to: number };

/** A nibble of bytes; 0 behind their end. */
export function nibbleAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index >> 1] ?? 0;
  return (index & 1) === 0 ? byte >> 4 : byte & 15;
}

/** How many nibbles two paths share from their beginnings, the second one's being given apart. */
export function commonLength(a: Uint8Array, fromA: number, toA: number, b: Path, fromB = b.from): number {
  const most = Math.min(toA - fromA, b.to - fromB);
  let length = 0;
  if (((fromA ^ fromB) & 1) === 0) {
    // whole bytes lie side by side
    if ((fromA & 1) === 1 && most > 0) {
      if (nibbleAt(a, fromA) !== nibbleAt(b.bytes, fromB)) return 0;
      length = 1;
    }
    let [byteA, byteB] = [(fromA + length) >> 1, (fromB + length) >> 1];
    while (length + 2 <= most && a[byteA] === b.bytes[byteB]) {
      length += 2;
      byteA++;
      byteB++;
    }
  }
  while (length < most && nibbleAt(a, fromA + length) === nibbleAt(b.bytes, fromB + length)) length++;
  return length;
}

/** One path behind the other. */
export function joinPaths(a: Path, b: Path): Path {
  if (a.from === a.to) return b;
  if (a.bytes === b.bytes && a.to === b.from) return { bytes: a.bytes, from: a.from, to: b.to };
  return packPaths(a, b);
}

/** One path behind the other in bytes of their own, whose last nibble is the path's. */
export function packPaths(a: Path, b: Path): Path {
  const length = a.to - a.from + b.to - b.from;
  const from = length & 1;
  const bytes = new Uint8Array((length + from) >> 1);
  let at = from;
  const put = (nibble: number): void => {
    bytes[at >> 1] = (bytes[at >> 1] ?? 0) | ((at & 1) === 0 ? nibble << 4 : nibble);
    at++;
  };
  for (let i = a.from; i < a.to; i++) put(nibbleAt(a.bytes, i));
  for (let i = b.from; i < b.to; i++) put(nibbleAt(b.bytes, i));
  return { bytes, from, to: at };
}
