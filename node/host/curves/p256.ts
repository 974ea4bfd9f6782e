// secp256r1 by mcl: EIP-7951's verification (FIPS 186-5, 6.4.2).

import { p256 } from '@noble/curves/nist.js';
import type { PrecompileBackend } from '../../evm/precompiles/operations.ts';
import { wordToBytes } from '../../lib/bytes.ts';
import { createCodec, isBelow, isZero } from './fields.ts';
import { CURVE, createMcl, SIZE } from './mcl.ts';

/** The operation over an instance of its own. */
export function createP256(): Pick<PrecompileBackend, 'p256Verify'> {
  const mcl = createMcl(CURVE.p256);
  const { wasm } = mcl;
  wasm.mclBn_verifyOrderG1(0); // every point has the right order
  const codec = createCodec(mcl, { padding: 0, modulus: wordToBytes(p256.Point.Fp.ORDER) }, 'realFirst');
  const order = wordToBytes(p256.Point.Fn.ORDER);
  const points = mcl.allocate(2 * SIZE.g1); // the generator, the key
  const scalars = mcl.allocate(2 * SIZE.fr);
  const [r, s, x] = [mcl.allocate(SIZE.fr), mcl.allocate(SIZE.fr), mcl.allocate(SIZE.fr)];
  const [generator, sum] = [mcl.allocate(SIZE.g1), mcl.allocate(SIZE.g1)];
  wasm.mclBnG1_getBasePoint(generator);
  const isScalar = (bytes: Uint8Array): boolean => isBelow(bytes, order) && !isZero(bytes, 0, 32);
  return {
    p256Verify(input) {
      if (!isScalar(input.subarray(32, 64)) || !isScalar(input.subarray(64, 96))) return false;
      if (isZero(input, 96, 64) || !codec.readG1(points + SIZE.g1, input, 96)) return false;
      codec.readFr(scalars, input, 0);
      codec.readFr(r, input, 32);
      codec.readFr(s, input, 64);
      wasm.mclBnFr_inv(s, s);
      wasm.mclBnFr_mul(scalars, scalars, s);
      wasm.mclBnFr_mul(scalars + SIZE.fr, r, s);
      mcl.bytes().copyWithin(points, generator, generator + SIZE.g1);
      wasm.mclBnG1_mulVec(sum, points, scalars, 2);
      const affine = codec.writeG1(sum);
      if (isZero(affine, 0, 64)) return false;
      codec.readFr(x, affine, 0);
      return wasm.mclBnFr_isEqual(x, r) === 1;
    },
  };
}
