// BLS12-381 by mcl: EIP-2537's operations and EIP-4844's proofs.

import { bls12_381 } from '@noble/curves/bls12-381.js';
import type { KzgEvaluation, PrecompileBackend } from '../../evm/precompiles/operations.ts';
import { TAU_G2 } from '../../evm/precompiles/reference/kzg.ts';
import { assert } from '../../lib/assert.ts';
import { bigintToBytes, hexToBytes, wordToBytes } from '../../lib/bytes.ts';
import { type Codec, createCodec, isBelow, isZero } from './fields.ts';
import { createFinalExponentiation } from './final-exponentiation.ts';
import { createFixedPairing } from './fixed-pairing.ts';
import { createG1OrderTest } from './g1-order.ts';
import { CURVE, createMcl, type Mcl, SIZE } from './mcl.ts';
import { createPairing, type Pairing } from './pairing.ts';

type Operations = Pick<
  PrecompileBackend,
  'g1Add' | 'g1Msm' | 'g2Add' | 'g2Msm' | 'pairingCheck' | 'mapFpToG1' | 'mapFp2ToG2' | 'verifyKzgProof'
>;

const FP_BYTES = 64;
const G1_BYTES = 128;
const G2_BYTES = 256;
const FR_BYTES = 32;
const COMPRESSED_G1_BYTES = 48;
/** Terms of a sum that are multiplied together, so that the memory is bounded. */
const GATHERED = 256;
/** RFC 9380's map. */
const MAP_IRTF = 5;

/** The operations over an instance of their own. */
export function createBls12381(): Operations {
  const mcl = createMcl(CURVE.bls12381);
  const { wasm } = mcl;
  assert(wasm.mclBn_setMapToMode(MAP_IRTF) === 0, 'the map of RFC 9380');
  wasm.mclBn_setETHserialization(1); // compressed points as EIP-4844 has them
  wasm.mclBn_verifyOrderG1(0); // whether a point is valid is whether it is on the curve; its order is asked for by itself
  wasm.mclBn_verifyOrderG2(0);
  const codec = createCodec(mcl, { padding: 16, modulus: MODULUS }, 'realFirst');
  const isInG1 = createG1OrderTest(mcl);
  const isOneAtLast = createFinalExponentiation(mcl);
  return {
    ...pointOperations(mcl, codec, isInG1, createPairing(mcl, isOneAtLast)),
    ...sums(mcl, codec, isInG1),
    ...createKzg(mcl, codec, isInG1, isOneAtLast),
  };
}

const MODULUS = bigintToBytes(bls12_381.fields.Fp.ORDER);
const ORDER = wordToBytes(bls12_381.fields.Fr.ORDER);

type OrderTest = (point: number) => boolean;

function pointOperations(
  mcl: Mcl,
  codec: Codec,
  isInG1: OrderTest,
  pairing: Pairing,
): Omit<Operations, 'g1Msm' | 'g2Msm' | 'verifyKzgProof'> {
  const { wasm } = mcl;
  const [a1, b1] = [mcl.allocate(SIZE.g1), mcl.allocate(SIZE.g1)];
  const [a2, b2] = [mcl.allocate(SIZE.g2), mcl.allocate(SIZE.g2)];
  const element = mcl.allocate(2 * SIZE.fp);
  return {
    g1Add(input) {
      if (!codec.readG1(a1, input, 0) || !codec.readG1(b1, input, G1_BYTES)) return null;
      wasm.mclBnG1_add(a1, a1, b1);
      return codec.writeG1(a1);
    },
    g2Add(input) {
      if (!codec.readG2(a2, input, 0) || !codec.readG2(b2, input, G2_BYTES)) return null;
      wasm.mclBnG2_add(a2, a2, b2);
      return codec.writeG2(a2);
    },
    pairingCheck(input) {
      pairing.begin();
      for (let at = 0; at < input.length; at += G1_BYTES + G2_BYTES) {
        if (!codec.readG1(a1, input, at) || !codec.readG2(a2, input, at + G1_BYTES)) return null;
        if (!isInG1(a1) || wasm.mclBnG2_isValidOrder(a2) !== 1) return null;
        pairing.add(a1, a2);
      }
      return pairing.isOne();
    },
    mapFpToG1(input) {
      if (!codec.readFp(element, input, 0)) return null;
      assert(wasm.mclBnFp_mapToG1(a1, element) === 0, 'a field element is mapped');
      return codec.writeG1(a1);
    },
    mapFp2ToG2(input) {
      if (!codec.readFp(element, input, 0) || !codec.readFp(element + SIZE.fp, input, FP_BYTES)) return null;
      assert(wasm.mclBnFp2_mapToG2(a2, element) === 0, 'a field element is mapped');
      return codec.writeG2(a2);
    },
  };
}

type Group = {
  readonly bytes: number;
  readonly size: number;
  readonly read: Codec['readG1'];
  readonly write: Codec['writeG1'];
  readonly isValidOrder: OrderTest;
  readonly clear: (at: number) => number;
  readonly mulVec: (to: number, points: number, scalars: number, terms: number) => number;
  readonly add: (to: number, a: number, b: number) => number;
};

/** Sums of points times scalars, in parts whose terms share their doublings. */
function sums(mcl: Mcl, codec: Codec, isInG1: OrderTest): Pick<Operations, 'g1Msm' | 'g2Msm'> {
  const { wasm } = mcl;
  const [sum, part] = [mcl.allocate(SIZE.g2), mcl.allocate(SIZE.g2)];
  const points = mcl.allocate(GATHERED * SIZE.g2);
  const scalars = mcl.allocate(GATHERED * SIZE.fr);
  const g1: Group = {
    bytes: G1_BYTES,
    size: SIZE.g1,
    read: codec.readG1,
    write: codec.writeG1,
    isValidOrder: isInG1,
    clear: wasm.mclBnG1_clear,
    mulVec: wasm.mclBnG1_mulVec,
    add: wasm.mclBnG1_add,
  };
  const g2: Group = {
    bytes: G2_BYTES,
    size: SIZE.g2,
    read: codec.readG2,
    write: codec.writeG2,
    isValidOrder: (at) => wasm.mclBnG2_isValidOrder(at) === 1,
    clear: wasm.mclBnG2_clear,
    mulVec: wasm.mclBnG2_mulVec,
    add: wasm.mclBnG2_add,
  };
  const sumOver = (group: Group, input: Uint8Array): Uint8Array | null => {
    const termBytes = group.bytes + FR_BYTES;
    group.clear(sum);
    for (let begin = 0; begin < input.length; begin += GATHERED * termBytes) {
      const end = Math.min(input.length, begin + GATHERED * termBytes);
      let terms = 0;
      for (let at = begin; at < end; at += termBytes, terms++) {
        const point = points + terms * group.size;
        if (!group.read(point, input, at) || !group.isValidOrder(point)) return null;
        codec.readFr(scalars + terms * SIZE.fr, input, at + group.bytes);
      }
      group.mulVec(part, points, scalars, terms);
      group.add(sum, sum, part);
    }
    return group.write(sum);
  };
  return { g1Msm: (input) => sumOver(g1, input), g2Msm: (input) => sumOver(g2, input) };
}

/** The pairings are with two fixed points of G2, whose part of the Miller loop is computed once. */
function createKzg(
  mcl: Mcl,
  codec: Codec,
  isInG1: OrderTest,
  isOneAtLast: (f: number) => boolean,
): Pick<Operations, 'verifyKzgProof'> {
  const { wasm } = mcl;
  const commitment = mcl.allocate(SIZE.g1);
  const proof = mcl.allocate(SIZE.g1);
  const left = mcl.allocate(SIZE.g1);
  const points = mcl.allocate(2 * SIZE.g1);
  const scalars = mcl.allocate(2 * SIZE.fr);
  const product = mcl.allocate(SIZE.gt);
  const generator = mcl.allocate(SIZE.g1);
  assert(readCompressed(generator, bls12_381.G1.Point.BASE.toBytes()), 'the generator is a point');
  const fixedPoint = (compressed: Uint8Array): number => {
    const point = mcl.allocate(SIZE.g2);
    const length = wasm.mclBnG2_deserialize(point, codec.stage(compressed), compressed.length);
    assert(length === compressed.length && wasm.mclBnG2_isValidOrder(point) === 1, 'a fixed point is a point');
    return point;
  };
  const negatedGenerator = fixedPoint(bls12_381.G2.Point.BASE.negate().toBytes());
  const tau = fixedPoint(hexToBytes(TAU_G2));
  const pair = createFixedPairing(mcl, [negatedGenerator, tau]);

  /** A compressed point of the subgroup (48 bytes, EIP-4844's encoding). False where it is none, or not in its one encoding. */
  function readCompressed(to: number, bytes: Uint8Array): boolean {
    const flags = bytes[0] ?? 0;
    if ((flags & 0x80) === 0) return false;
    const x = bytes.slice();
    x[0] = flags & 0x1f;
    if ((flags & 0x40) !== 0) {
      if ((flags & 0x20) !== 0 || !isZero(x, 0, x.length)) return false;
      wasm.mclBnG1_clear(to);
      return true;
    }
    if (!isBelow(x, MODULUS)) return false;
    if (wasm.mclBnG1_deserialize(to, codec.stage(bytes), COMPRESSED_G1_BYTES) !== COMPRESSED_G1_BYTES) return false;
    return isInG1(to);
  }

  return {
    verifyKzgProof(evaluation: KzgEvaluation) {
      const { z, y } = evaluation;
      if (!isBelow(z, ORDER) || !isBelow(y, ORDER)) return null;
      if (!readCompressed(commitment, evaluation.commitment) || !readCompressed(proof, evaluation.proof)) return null;

      // e(C − y·G1 + z·π, −G2) · e(π, τ·G2) = 1
      const memory = mcl.bytes();
      memory.copyWithin(points, generator, generator + SIZE.g1);
      memory.copyWithin(points + SIZE.g1, proof, proof + SIZE.g1);
      codec.readFr(scalars, y, 0);
      wasm.mclBnFr_neg(scalars, scalars);
      codec.readFr(scalars + SIZE.fr, z, 0);
      wasm.mclBnG1_mulVec(left, points, scalars, 2);
      wasm.mclBnG1_add(left, left, commitment);
      const isLeftZero = wasm.mclBnG1_isZero(left) === 1;
      if (wasm.mclBnG1_isZero(proof) === 1) return isLeftZero; // a pair with infinity is a factor of one
      if (isLeftZero) return false; // what is left, a point of full order, pairs to one with infinity only
      wasm.mclBnG1_normalize(left, left);
      pair(product, [left, proof]);
      return isOneAtLast(product);
    },
  };
}
