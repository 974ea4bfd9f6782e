// Field elements, scalars and points between the encodings of the EIPs and the memory of an instance of mcl.

import { type Mcl, SIZE } from './mcl.ts';

/** How a base field's elements are encoded: so many zero bytes, then the bytes of a number below the modulus, big-endian. */
export type Encoding = { readonly padding: number; readonly modulus: Uint8Array };

/** Reads and writes values of one curve. */
export type Codec = {
  /** Reads a field element to an address; false where it is not canonical. */
  readonly readFp: (to: number, bytes: Uint8Array, offset: number) => boolean;
  /** Reads 32 bytes as a scalar, reduced by the order. */
  readonly readFr: (to: number, bytes: Uint8Array, offset: number) => void;
  /** Reads an affine point of G1, all zeros as infinity; false where it is not canonical or not on the curve. */
  readonly readG1: (to: number, bytes: Uint8Array, offset: number) => boolean;
  /** The same for G2, whose coordinates have two parts. */
  readonly readG2: (to: number, bytes: Uint8Array, offset: number) => boolean;
  /** The point at an address, which is normalised there. */
  readonly writeG1: (at: number) => Uint8Array;
  readonly writeG2: (at: number) => Uint8Array;
  /** Copies at most 128 bytes to a buffer, whose address is returned, and which the next call of the codec may overwrite. */
  readonly stage: (bytes: Uint8Array) => number;
};

/** A codec for an instance. Of an extension's element, EIP-2537 has the real part first, EIP-197 the imaginary one. */
export function createCodec(
  { wasm, allocate, bytes }: Mcl,
  { padding, modulus }: Encoding,
  order: 'realFirst' | 'imaginaryFirst',
): Codec {
  const width = modulus.length;
  const stride = padding + width;
  const buffer = allocate(128);
  const first = order === 'realFirst' ? 0 : SIZE.fp;
  const second = SIZE.fp - first;

  const stage = (source: Uint8Array): number => {
    bytes().set(source, buffer);
    return buffer;
  };
  const readFp: Codec['readFp'] = (to, source, offset) => {
    for (let i = 0; i < padding; i++) if (source[offset + i] !== 0) return false;
    const digits = source.subarray(offset + padding, offset + stride);
    if (!isBelow(digits, modulus)) return false;
    wasm.mclBnFp_setBigEndianMod(to, stage(digits), width);
    return true;
  };
  const writeFp = (to: Uint8Array, offset: number, at: number): void => {
    const length = wasm.mclBnFp_getLittleEndian(buffer, width, at);
    const memory = bytes();
    for (let i = 0; i < length; i++) to[offset + stride - 1 - i] = memory[buffer + i] ?? 0;
  };

  return {
    stage,
    readFp,
    readFr(to, source, offset) {
      wasm.mclBnFr_setBigEndianMod(to, stage(source.subarray(offset, offset + 32)), 32);
    },
    readG1(to, source, offset) {
      if (isZero(source, offset, 2 * stride)) {
        wasm.mclBnG1_clear(to);
        return true;
      }
      const isCanonical = readFp(to, source, offset) && readFp(to + SIZE.fp, source, offset + stride);
      if (!isCanonical) return false;
      wasm.mclBnFp_setInt32(to + 2 * SIZE.fp, 1);
      return wasm.mclBnG1_isValid(to) === 1;
    },
    readG2(to, source, offset) {
      if (isZero(source, offset, 4 * stride)) {
        wasm.mclBnG2_clear(to);
        return true;
      }
      const isCanonical =
        readFp(to + first, source, offset) &&
        readFp(to + second, source, offset + stride) &&
        readFp(to + 2 * SIZE.fp + first, source, offset + 2 * stride) &&
        readFp(to + 2 * SIZE.fp + second, source, offset + 3 * stride);
      if (!isCanonical) return false;
      wasm.mclBnFp_setInt32(to + 4 * SIZE.fp, 1);
      wasm.mclBnFp_setInt32(to + 5 * SIZE.fp, 0);
      return wasm.mclBnG2_isValid(to) === 1;
    },
    writeG1(at) {
      const point = new Uint8Array(2 * stride);
      wasm.mclBnG1_normalize(at, at);
      if (wasm.mclBnG1_isZero(at) === 1) return point;
      writeFp(point, 0, at);
      writeFp(point, stride, at + SIZE.fp);
      return point;
    },
    writeG2(at) {
      const point = new Uint8Array(4 * stride);
      wasm.mclBnG2_normalize(at, at);
      if (wasm.mclBnG2_isZero(at) === 1) return point;
      for (const [i, part] of [first, second].entries()) {
        writeFp(point, i * stride, at + part);
        writeFp(point, (2 + i) * stride, at + 2 * SIZE.fp + part);
      }
      return point;
    },
  };
}

/** Whether big-endian bytes of the modulus' length are a smaller number. */
export function isBelow(bytes: Uint8Array, modulus: Uint8Array): boolean {
  for (let i = 0; i < modulus.length; i++) {
    const difference = (bytes[i] ?? 0) - (modulus[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Whether all the bytes of a part are zero. */
export function isZero(bytes: Uint8Array, offset: number, size: number): boolean {
  for (let i = offset; i < offset + size; i++) if (bytes[i] !== 0) return false;
  return true;
}
