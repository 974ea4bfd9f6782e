// alt_bn128 by mcl (its name there is BN_SNARK1): EIP-196's and EIP-197's operations.

import { bn254 } from '@noble/curves/bn254.js';
import type { PrecompileBackend } from '../../evm/precompiles/operations.ts';
import { wordToBytes } from '../../lib/bytes.ts';
import { createCodec } from './fields.ts';
import { CURVE, createMcl, SIZE } from './mcl.ts';
import { createPairing } from './pairing.ts';

const POINT_BYTES = 64;
const PAIR_BYTES = 192;

/** The operations over an instance of their own. */
export function createBn254(): Pick<PrecompileBackend, 'bn254Add' | 'bn254Mul' | 'bn254PairingCheck'> {
  const mcl = createMcl(CURVE.bn254);
  const { wasm } = mcl;
  wasm.mclBn_verifyOrderG1(0); // whether a point is valid is whether it is on the curve; its order is asked for by itself
  wasm.mclBn_verifyOrderG2(0);
  const codec = createCodec(mcl, { padding: 0, modulus: wordToBytes(bn254.fields.Fp.ORDER) }, 'imaginaryFirst');
  const pairing = createPairing(mcl);
  const a = mcl.allocate(SIZE.g1);
  const b = mcl.allocate(SIZE.g1);
  const q = mcl.allocate(SIZE.g2);
  const scalar = mcl.allocate(SIZE.fr);
  return {
    bn254Add(input) {
      if (!codec.readG1(a, input, 0) || !codec.readG1(b, input, POINT_BYTES)) return null;
      wasm.mclBnG1_add(a, a, b);
      return codec.writeG1(a);
    },
    bn254Mul(input) {
      if (!codec.readG1(a, input, 0)) return null;
      codec.readFr(scalar, input, POINT_BYTES);
      wasm.mclBnG1_mul(a, a, scalar);
      return codec.writeG1(a);
    },
    bn254PairingCheck(input) {
      pairing.begin();
      for (let at = 0; at < input.length; at += PAIR_BYTES) {
        if (!codec.readG1(a, input, at) || !codec.readG2(q, input, at + POINT_BYTES)) return null;
        if (wasm.mclBnG2_isValidOrder(q) !== 1) return null; // every point of G1 has the right order
        pairing.add(a, q);
      }
      return pairing.isOne();
    },
  };
}
