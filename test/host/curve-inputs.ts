// Inputs for the precompiled contracts' backends, chosen for where two implementations may part: infinity, small and wrong orders, equal and
// inverse points, coordinates and scalars at and beyond the modulus, exceptional values of the maps; and random ones.

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { p256 } from '@noble/curves/nist.js';
import type { KzgEvaluation } from '../../node/evm/precompiles/operations.ts';
import { bigintToBytes, bytesToBigint, concatBytes, padLeft } from '../../node/lib/bytes.ts';
import type { Random } from '../../node/lib/random.ts';

const join = concatBytes;

export function word(value: bigint, size = 32): Uint8Array {
  return padLeft(bigintToBytes(value), size);
}

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function randomScalar(random: Random): bigint {
  return bytesToBigint(randomBytes(random, 32));
}

/** The input with one bit or one byte changed. */
export function mutated(input: Uint8Array, random: Random): Uint8Array {
  const output = input.slice();
  const at = random.below(output.length);
  output[at] = random.below(2) === 0 ? output[at]! ^ (1 << random.below(8)) : random.below(256);
  return output;
}

/** Every element with every other and itself. */
export function product<A, B>(as: readonly A[], bs: readonly B[]): (readonly [A, B])[] {
  return as.flatMap((a) => bs.map((b) => [a, b] as const));
}

/** Around zero, the order, and the largest word. */
function scalars(order: bigint, random: Random): Uint8Array[] {
  const edges = [0n, 1n, 2n, order - 1n, order, order + 1n, 2n * order, 2n ** 128n, 2n ** 256n - 1n, order >> 1n];
  return [...edges, randomScalar(random), randomScalar(random)].map((scalar) => word(scalar));
}

/** Points of a group: those that are right, those that are on the curve only, and those that are not even that. */
export type Points = {
  readonly right: readonly Uint8Array[];
  readonly wrongOrder: readonly Uint8Array[];
  readonly malformed: readonly Uint8Array[];
};

const BN = bn254.fields.Fp.ORDER;

function bnG1(x: bigint, y: bigint): Uint8Array {
  return join(word(x), word(y));
}

function bnPoint(point: typeof bn254.G1.Point.BASE): Uint8Array {
  const { x, y } = point.toAffine();
  return bnG1(x, y);
}

export function bn254G1(random: Random): Points {
  const base = bn254.G1.Point.BASE;
  const some = base.multiply(randomScalar(random) % bn254.fields.Fr.ORDER);
  const right = [bn254.G1.Point.ZERO, base, base.negate(), base.double(), some, some.negate()].map(bnPoint);
  const malformed = [
    ...[bnG1(1n, 3n), bnG1(0n, 1n), bnG1(1n, 0n), bnG1(BN + 1n, 2n), bnG1(1n, BN + 2n), bnG1(0n, BN), bnG1(BN, 0n)],
    ...[bnG1(BN, BN), bnG1(2n ** 256n - 1n, 2n), new Uint8Array(64).fill(255), randomBytes(random, 64)],
  ];
  return { right, wrongOrder: [], malformed };
}

type Fp2 = { readonly c0: bigint; readonly c1: bigint };

function bnG2(x: Fp2, y: Fp2): Uint8Array {
  return join(word(x.c1), word(x.c0), word(y.c1), word(y.c0));
}

function bnTwist(point: typeof bn254.G2.Point.BASE): Uint8Array {
  const { x, y } = point.toAffine();
  return bnG2(x, y);
}

export function bn254G2(random: Random): Points {
  const { Fp2 } = bn254.fields;
  const base = bn254.G2.Point.BASE;
  const { x, y } = base.toAffine();
  const some = base.multiply(randomScalar(random) % bn254.fields.Fr.ORDER);
  const right = [bn254.G2.Point.ZERO, base, base.negate(), some].map(bnTwist);
  const b = Fp2.sub(Fp2.sqr(y), Fp2.mul(Fp2.sqr(x), x));
  const found = onCurve(Fp2, b, (i) => Fp2.fromBigTuple([i, randomScalar(random) % BN]));
  const points = found.map((point) => bn254.G2.Point.fromAffine(point));
  const cofactor = 2n * BN - bn254.fields.Fr.ORDER;
  const wrongOrder = outside(points, base, bn254.fields.Fr.ORDER, cofactor, [10069n, 5864401n]).map(bnTwist);
  const malformed = [
    ...[bnG2(y, x), bnG2({ c0: x.c1, c1: x.c0 }, y), bnG2({ c0: x.c0 + BN, c1: x.c1 }, y)],
    ...[bnG2(x, { c0: y.c0, c1: y.c1 + BN }), bnG2({ c0: BN, c1: 0n }, { c0: 0n, c1: 0n }), randomBytes(random, 128)],
  ];
  return { right, wrongOrder, malformed };
}

type Field<T> = {
  readonly add: (a: T, b: T) => T;
  readonly mul: (a: T, b: T) => T;
  readonly sqr: (a: T) => T;
  readonly sqrt: (a: T) => T;
};

/** Three points of y² = x³ + b: of the curve, and by chance of no small subgroup. */
function onCurve<T>(field: Field<T>, b: T, x: (index: bigint) => T): { readonly x: T; readonly y: T }[] {
  const found: { x: T; y: T }[] = [];
  for (let index = 0n; found.length < 3; index++) {
    const at = x(index);
    try {
      found.push({ x: at, y: field.sqrt(field.add(field.mul(field.sqr(at), at), b)) });
    } catch {
      // no square: the next one
    }
  }
  return found;
}

type Group<P> = {
  readonly add: (other: P) => P;
  readonly double: () => P;
  readonly negate: () => P;
  readonly is0: () => boolean;
};

/** Points outside of the subgroup: the given ones, shifted by the subgroup, of the whole cofactor's order, and of small orders. */
function outside<P extends Group<P>>(
  points: readonly P[],
  base: P,
  order: bigint,
  cofactor: bigint,
  factors: readonly bigint[],
): P[] {
  const first = points[points.length - 1]!;
  const cleared = times(first, order);
  const small = points.flatMap((point) => factors.map((factor) => ofOrder(times(point, order), cofactor, factor)));
  const all = [...points, first.negate(), base.add(first), cleared, ...small, ...small.map((point) => base.add(point))];
  return all.filter((point) => !times(point, order).is0());
}

/** A multiple of the point that has that prime order, or zero. */
function ofOrder<P extends Group<P>>(point: P, cofactor: bigint, prime: bigint): P {
  let rest = cofactor;
  while (rest % prime === 0n) rest /= prime;
  let multiple = times(point, rest);
  for (let next = times(multiple, prime); !next.is0(); next = times(next, prime)) multiple = next;
  return multiple;
}

function times<P extends Group<P>>(point: P, scalar: bigint): P {
  let product = point.add(point.negate());
  for (const bit of scalar.toString(2)) {
    product = product.double();
    if (bit === '1') product = product.add(point);
  }
  return product;
}

/** The parameter of the curve's family. */
const BLS_X = -0xd201000000010000n;
const BLS = bls12_381.fields.Fp.ORDER;
const fp = (value: bigint): Uint8Array => word(value, 64);
const fp2 = ({ c0, c1 }: Fp2): Uint8Array => join(fp(c0), fp(c1));

function blsPoint(point: typeof bls12_381.G1.Point.BASE): Uint8Array {
  const { x, y } = point.toAffine();
  return join(fp(x), fp(y));
}

function blsTwist(point: typeof bls12_381.G2.Point.BASE): Uint8Array {
  const { x, y } = point.toAffine();
  return join(fp2(x), fp2(y));
}

export function bls12381G1(random: Random): Points {
  const { Fp } = bls12_381.fields;
  const base = bls12_381.G1.Point.BASE;
  const { x, y } = base.toAffine();
  const some = base.multiply(randomScalar(random) % bls12_381.fields.Fr.ORDER);
  const right = [bls12_381.G1.Point.ZERO, base, base.negate(), base.double(), some, some.negate()].map(blsPoint);
  const found = onCurve<bigint>(Fp, 4n, (i) => (i === 0n ? 0n : randomScalar(random))); // x = 0 has order 3
  const points = found.map((point) => bls12_381.G1.Point.fromAffine(point));
  const cofactor = (BLS_X - 1n) ** 2n / 3n;
  const wrongOrder = outside(points, base, bls12_381.fields.Fr.ORDER, cofactor, [3n, 11n, 10177n]).map(blsPoint);
  const malformed = [
    ...[join(fp(y), fp(x)), join(fp(x), fp(0n)), join(fp(x + BLS), fp(y)), join(fp(x), fp(y + BLS))],
    ...[join(fp(BLS), fp(0n)), join(fp(0n), fp(BLS)), join(fp(x + 2n ** 384n), fp(y)), join(fp(x), fp(y + 2n ** 511n))],
    ...[
      join(fp(2n ** 384n - 1n), fp(y)),
      join(fp(0n), fp(1n)),
      new Uint8Array(128).fill(255),
      randomBytes(random, 128),
    ],
  ];
  return { right, wrongOrder, malformed };
}

export function bls12381G2(random: Random): Points {
  const { Fp2 } = bls12_381.fields;
  const base = bls12_381.G2.Point.BASE;
  const { x, y } = base.toAffine();
  const some = base.multiply(randomScalar(random) % bls12_381.fields.Fr.ORDER);
  const right = [bls12_381.G2.Point.ZERO, base, base.negate(), base.double(), some].map(blsTwist);
  const b = Fp2.fromBigTuple([4n, 4n]);
  const found = onCurve(Fp2, b, (i) => Fp2.fromBigTuple([i, randomScalar(random)]));
  const points = found.map((point) => bls12_381.G2.Point.fromAffine(point));
  const x8 = BLS_X ** 8n - 4n * BLS_X ** 7n + 5n * BLS_X ** 6n - 4n * BLS_X ** 4n + 6n * BLS_X ** 3n;
  const cofactor = (x8 - 4n * BLS_X ** 2n - 4n * BLS_X + 13n) / 9n;
  const wrongOrder = outside(points, base, bls12_381.fields.Fr.ORDER, cofactor, [13n, 23n, 2713n]).map(blsTwist);
  const malformed = [
    ...[
      join(fp2(y), fp2(x)),
      join(fp2({ c0: x.c1, c1: x.c0 }), fp2(y)),
      join(fp2({ c0: x.c0 + BLS, c1: x.c1 }), fp2(y)),
    ],
    ...[join(fp2(x), fp2({ c0: y.c0, c1: y.c1 + BLS })), join(fp2({ c0: BLS, c1: 0n }), fp2({ c0: 0n, c1: 0n }))],
    ...[join(fp2({ c0: x.c0, c1: x.c1 + 2n ** 400n }), fp2(y)), randomBytes(random, 256)],
  ];
  return { right, wrongOrder, malformed };
}

export const bn254Scalars = (random: Random): Uint8Array[] => scalars(bn254.fields.Fr.ORDER, random);
export const bls12381Scalars = (random: Random): Uint8Array[] => scalars(bls12_381.fields.Fr.ORDER, random);

/** Elements of the base field for the map to G1: edges, those where the map's denominator is zero, and wrong ones. */
export function mapFpInputs(random: Random): Uint8Array[] {
  const { Fp } = bls12_381.fields;
  const exceptional = roots<bigint>(Fp, Fp.neg(Fp.inv(11n))); // Z = 11
  const right = [0n, 1n, 2n, BLS - 1n, BLS >> 1n, ...exceptional].map(fp);
  for (let i = 0; i < 6; i++) right.push(fp(bytesToBigint(randomBytes(random, 48)) % BLS));
  return [...right, fp(BLS), fp(BLS + 1n), fp(2n ** 384n - 1n), fp(2n ** 384n), new Uint8Array(64).fill(255)];
}

/** The same for the map to G2. */
export function mapFp2Inputs(random: Random): Uint8Array[] {
  const { Fp2 } = bls12_381.fields;
  const z = Fp2.fromBigTuple([-2n, -1n].map((part) => part + BLS) as [bigint, bigint]);
  const exceptional = roots(Fp2, Fp2.neg(Fp2.inv(z)));
  const edges = [0n, 1n, BLS - 1n];
  const right = product(edges, edges).map(([c0, c1]) => fp2({ c0, c1 }));
  right.push(...exceptional.map(fp2));
  for (let i = 0; i < 4; i++) right.push(join(...[0, 1].map(() => fp(bytesToBigint(randomBytes(random, 48)) % BLS))));
  return [...right, join(fp(BLS), fp(0n)), join(fp(0n), fp(BLS)), new Uint8Array(128).fill(255)];
}

function roots<T>(field: Pick<Field<T>, 'sqrt'> & { readonly neg: (a: T) => T }, square: T): T[] {
  try {
    const root = field.sqrt(square);
    return [root, field.neg(root)];
  } catch {
    return [];
  }
}

/** Proofs of constant polynomials, which hold; and encodings that are none, or not the only one, on either place. */
export function kzgInputs(random: Random): KzgEvaluation[] {
  const order = bls12_381.fields.Fr.ORDER;
  const G1 = bls12_381.G1.Point;
  const infinity = G1.ZERO.toBytes();
  const value = randomScalar(random) % order;
  const constant = G1.BASE.multiply(value).toBytes();
  const flagged = (bytes: Uint8Array, flags: number): Uint8Array =>
    Uint8Array.from(bytes, (b, i) => (i === 0 ? b ^ flags : b));
  const compressed = (x: bigint, flags = 0x80): Uint8Array => flagged(word(x, 48), flags);
  const points = [
    ...[infinity, constant, flagged(constant, 0x20), flagged(constant, 0x80), flagged(constant, 0x40)],
    ...[flagged(infinity, 0x20), flagged(infinity, 0x80), flagged(infinity, 0x01), mutated(infinity, random)],
    ...[compressed(0n), compressed(0n, 0xa0), compressed(1n), compressed(BLS), compressed(BLS + 1n), compressed(5n)],
    ...[compressed(BLS - 1n), compressed(2n ** 381n - 1n), compressed(bytesToBigint(constant.slice(1)) + 0n)],
    ...[new Uint8Array(48), new Uint8Array(48).fill(255), randomBytes(random, 48), G1.BASE.toBytes()],
  ];
  const [z, y] = [word(randomScalar(random) % order), word(value)];
  const evaluations = product(points, [infinity, constant]).flatMap(([a, b]) => [
    { commitment: a, proof: b, z, y },
    { commitment: b, proof: a, z, y },
  ]);
  for (const scalar of [0n, 1n, order - 1n, order, order + 1n, 2n ** 256n - 1n].map((edge) => word(edge))) {
    evaluations.push({ commitment: constant, proof: infinity, z: scalar, y });
    evaluations.push({ commitment: constant, proof: infinity, z, y: scalar });
    evaluations.push({ commitment: infinity, proof: infinity, z, y: scalar });
    evaluations.push({ commitment: constant, proof: constant, z: scalar, y });
  }
  return evaluations;
}

const P256_N = p256.Point.Fn.ORDER;
const P256_P = p256.Point.Fp.ORDER;

/** Signatures that hold, among them those whose point has an abscissa beyond the order; and all kinds that do not. */
export function p256Inputs(random: Random): Uint8Array[] {
  const { Fn, Fp, BASE } = p256.Point;
  const key = (point: typeof BASE): Uint8Array => point.toBytes(false).subarray(1);
  const edges = [0n, 1n, P256_N - 1n, P256_N, P256_N + 1n, P256_P, 2n ** 256n - 1n];
  const inputs: Uint8Array[] = [];
  const digests = [randomBytes(random, 32), ...edges.map((edge) => word(edge))];
  for (const digest of digests) {
    const secret = randomBytes(random, 32);
    const signature = p256.sign(digest, secret, { prehash: false, lowS: false });
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    const publicKey = p256.getPublicKey(secret, false).subarray(1);
    inputs.push(join(digest, r, s, publicKey));
    inputs.push(join(digest, r, word(P256_N - bytesToBigint(s)), publicKey));
    inputs.push(join(digest, s, r, publicKey));
    for (const edge of edges)
      inputs.push(join(digest, word(edge), s, publicKey), join(digest, r, word(edge), publicKey));
    for (const q of [key(BASE), key(BASE.negate()), new Uint8Array(64), word(P256_P, 64)]) {
      inputs.push(join(digest, r, s, q), join(digest, r, digest, q), join(digest, digest, r, q));
    }
    inputs.push(join(digest, r, s, publicKey.subarray(32), publicKey.subarray(0, 32)));
    inputs.push(mutated(inputs[inputs.length - 1]!, random), randomBytes(random, 160));
  }
  const [secret, r, s] = [randomScalar(random) % P256_N, randomScalar(random) % P256_N, randomScalar(random) % P256_N];
  // u1·G + u2·Q is infinity where digest + r·secret is zero, and a doubling where digest = r·secret.
  for (const digest of [Fn.neg(Fn.mul(r, secret)), Fn.mul(r, secret)])
    inputs.push(join(word(digest), word(r), word(s), key(BASE.multiply(secret))));
  const cube = (x: bigint): bigint => Fp.add(Fp.mul(Fp.sqr(x), x), Fp.sub(p256.Point.CURVE().b, Fp.mul(3n, x)));
  // R's abscissa is in [n, p): the signature has it reduced. The key follows from R, s and the digest.
  for (const [beyond, y] of squares(cube, P256_N)) {
    const point = p256.Point.fromAffine({ x: beyond, y });
    const [rr, e] = [beyond - P256_N, randomScalar(random) % P256_N];
    if (rr === 0n) continue;
    const q = point.multiply(s).add(BASE.multiply(Fn.neg(e)));
    const owner = q.multiply(Fn.inv(rr));
    inputs.push(join(word(e), word(rr), word(s), key(owner)), join(word(e), word(beyond), word(s), key(owner)));
  }
  // Keys whose coordinate would fit beyond the modulus.
  for (const [x, y] of squares(cube, 0n)) {
    const [digest, signature] = [randomBytes(random, 32), randomBytes(random, 64)];
    for (const abscissa of [x, x + P256_P]) inputs.push(join(digest, signature, word(abscissa), word(y)));
  }
  return inputs;
}

/** Some points' coordinates, from an abscissa on. */
function squares(cube: (x: bigint) => bigint, from: bigint): [x: bigint, y: bigint][] {
  const found: [bigint, bigint][] = [];
  for (let x = from; found.length < 3; x++) {
    try {
      found.push([x, p256.Point.Fp.sqrt(cube(x))]);
    } catch {
      // no point there
    }
  }
  return found;
}

/** EIP-152's inputs, of every number of rounds around the length of the schedule, and with both flags. */
export function blake2Inputs(random: Random): Uint8Array[] {
  return product([0, 1, 2, 9, 10, 11, 12, 19, 20, 21, 30, 257], [0, 1]).map(([rounds, flag]) =>
    join(word(BigInt(rounds), 4), randomBytes(random, 208), Uint8Array.of(flag)),
  );
}
