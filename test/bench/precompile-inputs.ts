// Inputs on which each precompiled contract works hardest for its gas: points without short cuts, scalars with all bits set.

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { signDigest } from '../../node/lib/signatures.ts';

export type PrecompileInput = { readonly name: string; readonly address: number; readonly input: Uint8Array };

/** One or more inputs for each precompiled contract of Osaka. */
export function precompileInputs(): readonly PrecompileInput[] {
  return [
    { name: 'ECRECOVER', address: 0x01, input: ecrecover() },
    { name: 'SHA256, no bytes', address: 0x02, input: new Uint8Array(0) },
    { name: 'SHA256, 16 KB', address: 0x02, input: new Uint8Array(16_384) },
    { name: 'RIPEMD160, no bytes', address: 0x03, input: new Uint8Array(0) },
    { name: 'RIPEMD160, 16 KB', address: 0x03, input: new Uint8Array(16_384) },
    { name: 'IDENTITY, 16 KB', address: 0x04, input: new Uint8Array(16_384) },
    { name: 'MODEXP, least price, 32 bytes', address: 0x05, input: modexp(32, 4, 32) },
    { name: 'MODEXP, 32 bytes', address: 0x05, input: modexp(32, 32, 32) },
    { name: 'MODEXP, 40 bytes', address: 0x05, input: modexp(40, 32, 40) },
    { name: 'MODEXP, 256 bytes, exponent 3', address: 0x05, input: modexp(256, 1, 256) },
    { name: 'MODEXP, 1,024 bytes', address: 0x05, input: modexp(1024, 2, 1024) },
    { name: 'BN254 addition', address: 0x06, input: concatBytes(bn254G1(MANY_BITS), bn254G1(MANY_BITS + 1n)) },
    { name: 'BN254 doubling', address: 0x06, input: concatBytes(bn254G1(MANY_BITS), bn254G1(MANY_BITS)) },
    { name: 'BN254 multiplication', address: 0x07, input: concatBytes(bn254G1(MANY_BITS), ALL_BITS) },
    { name: 'BN254 pairing of 1', address: 0x08, input: bn254Pairs(1) },
    { name: 'BN254 pairing of 4', address: 0x08, input: bn254Pairs(4) },
    { name: 'BLAKE2F, 1 round', address: 0x09, input: blake2f(1) },
    { name: 'BLAKE2F, 100,000 rounds', address: 0x09, input: blake2f(100_000) },
    { name: 'KZG point evaluation', address: 0x0a, input: pointEvaluation() },
    { name: 'BLS12 G1ADD', address: 0x0b, input: concatBytes(g1(MANY_BITS), g1(MANY_BITS + 1n)) },
    { name: 'BLS12 G1MSM of 1', address: 0x0c, input: g1Terms(1) },
    { name: 'BLS12 G1MSM of 128', address: 0x0c, input: g1Terms(128) },
    { name: 'BLS12 G2ADD', address: 0x0d, input: concatBytes(g2(MANY_BITS), g2(MANY_BITS + 1n)) },
    { name: 'BLS12 G2MSM of 1', address: 0x0e, input: g2Terms(1) },
    { name: 'BLS12 G2MSM of 64', address: 0x0e, input: g2Terms(64) },
    { name: 'BLS12 pairing of 1', address: 0x0f, input: bls12Pairs(1) },
    { name: 'BLS12 pairing of 4', address: 0x0f, input: bls12Pairs(4) },
    { name: 'BLS12 map to G1', address: 0x10, input: word(FIELD_ELEMENT, 64) },
    {
      name: 'BLS12 map to G2',
      address: 0x11,
      input: concatBytes(word(FIELD_ELEMENT, 64), word(FIELD_ELEMENT - 1n, 64)),
    },
    { name: 'P256VERIFY', address: 0x100, input: p256Verify() },
  ];
}

/** A scalar without structure, below the order of every group here. */
const MANY_BITS = 0x1eadbeefcafe1234567890abcdef1234567890abcdef1234567890abcdef1234n;
const ALL_BITS = new Uint8Array(32).fill(0xff);
/** Any element of BLS12-381's base field. */
const FIELD_ELEMENT = (MANY_BITS ** 2n) >> 128n;
const KEY = new Uint8Array(32).fill(7);
const DIGEST = new Uint8Array(32).fill(9);

function word(value: bigint, size = 32): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(2 * size, '0')}`);
}

function repeat(count: number, make: (index: bigint) => Uint8Array): Uint8Array {
  return concatBytes(...Array.from({ length: count }, (_, index) => make(BigInt(index))));
}

function ecrecover(): Uint8Array {
  const digest = keccak256(DIGEST);
  const { r, s, yParity } = signDigest(digest, KEY);
  return concatBytes(digest, word(27n + BigInt(yParity)), word(r), word(s));
}

function modexp(base: number, exponent: number, modulus: number): Uint8Array {
  const lengths = [base, exponent, modulus].map((length) => word(BigInt(length)));
  const fill = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);
  return concatBytes(...lengths, fill(base, 0xab), fill(exponent, 0xff), fill(modulus, 0xfd));
}

function bn254G1(scalar: bigint): Uint8Array {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return concatBytes(word(x), word(y));
}

function bn254Pairs(count: number): Uint8Array {
  return repeat(count, (i) => {
    const { x, y } = bn254.G2.Point.BASE.multiply(MANY_BITS + i).toAffine();
    return concatBytes(bn254G1(MANY_BITS - i), word(x.c1), word(x.c0), word(y.c1), word(y.c0));
  });
}

function blake2f(rounds: number): Uint8Array {
  return concatBytes(word(BigInt(rounds), 4), new Uint8Array(208).fill(0x5a), Uint8Array.of(1));
}

/** A proof that does not hold: that is known only after the pairing, so it costs as much as one that holds. */
function pointEvaluation(): Uint8Array {
  const commitment = bls12_381.G1.Point.BASE.multiply(MANY_BITS).toBytes();
  const hash = sha256(commitment);
  hash[0] = 0x01;
  const proof = bls12_381.G1.Point.BASE.multiply(MANY_BITS + 1n).toBytes();
  return concatBytes(hash, word(MANY_BITS + 2n), word(MANY_BITS + 3n), commitment, proof);
}

function g1(scalar: bigint): Uint8Array {
  const { x, y } = bls12_381.G1.Point.BASE.multiply(scalar).toAffine();
  return concatBytes(word(x, 64), word(y, 64));
}

function g2(scalar: bigint): Uint8Array {
  const { x, y } = bls12_381.G2.Point.BASE.multiply(scalar).toAffine();
  return concatBytes(word(x.c0, 64), word(x.c1, 64), word(y.c0, 64), word(y.c1, 64));
}

function g1Terms(count: number): Uint8Array {
  return repeat(count, (i) => concatBytes(g1(MANY_BITS + i), keccak256(word(i))));
}

function g2Terms(count: number): Uint8Array {
  return repeat(count, (i) => concatBytes(g2(MANY_BITS + i), keccak256(word(i))));
}

function bls12Pairs(count: number): Uint8Array {
  return repeat(count, (i) => concatBytes(g1(MANY_BITS - i), g2(MANY_BITS + i)));
}

function p256Verify(): Uint8Array {
  const signature = p256.sign(DIGEST, KEY, { prehash: false });
  return concatBytes(DIGEST, signature, p256.getPublicKey(KEY, false).subarray(1));
}
