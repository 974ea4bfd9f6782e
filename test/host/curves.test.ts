import { bn254 } from '@noble/curves/bn254.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { operations, precompileReference, usePrecompiles } from '../../node/evm/precompiles/backend.ts';
import type { PrecompileBackend } from '../../node/evm/precompiles/operations.ts';
import { installBackends } from '../../node/host/backends.ts';
import { createFastPrecompiles } from '../../node/host/curves/backend.ts';
import { bytesToHex, concatBytes } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import { KZG_VECTORS, kzgCases, PRECOMPILE_VECTORS, precompileCases } from '../conformance/precompiles.ts';
import { hasVectors } from '../conformance/vectors.ts';
import {
  blake2Inputs,
  bls12381G1,
  bls12381G2,
  bls12381Scalars,
  bn254G1,
  bn254G2,
  bn254Scalars,
  kzgInputs,
  mapFp2Inputs,
  mapFpInputs,
  mutated,
  type Points,
  p256Inputs,
  product,
  word,
} from './curve-inputs.ts';

const TIMEOUT = { timeout: 120_000 };
/** Another seed tries other random inputs. */
const SEED = process.env['LOCKSTEP_SEED'] ?? 'curves';

const fast = createFastPrecompiles((error) => {
  throw error;
});

type Name = Exclude<keyof PrecompileBackend, 'verifyKzgProof'>;

/** Runs both and counts how often each kind of answer came, so that a test can say that it has seen them. */
function compare(name: Name, inputs: readonly Uint8Array[]): { readonly accepted: number; readonly refused: number } {
  let accepted = 0;
  for (const input of inputs) {
    const copy = input.slice();
    const [own, reference] = [fast[name](input), precompileReference[name](input)].map(show);
    expect(`${bytesToHex(input)} → ${own}`).toBe(`${bytesToHex(copy)} → ${reference}`);
    if (reference !== 'null' && reference !== 'false') accepted++;
  }
  return { accepted, refused: inputs.length - accepted };
}

function show(result: Uint8Array | boolean | null): string {
  return result instanceof Uint8Array ? bytesToHex(result) : String(result);
}

function all({ right, wrongOrder, malformed }: Points): Uint8Array[] {
  return [...right, ...wrongOrder, ...malformed];
}

const join = concatBytes;
const joined = (pairs: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array[] => pairs.map((p) => join(...p));

describe('the fast precompiled contracts answer as the reference does', () => {
  it('for sums and multiples on bn254', TIMEOUT, () => {
    const random = createRandom(`${SEED} bn254`);
    const points = bn254G1(random);
    const sums = compare('bn254Add', joined(product(all(points), all(points))));
    expect(sums.accepted).toBe(points.right.length ** 2);
    const multiples = compare('bn254Mul', joined(product(all(points), bn254Scalars(random))));
    expect(multiples.accepted).toBe(points.right.length * bn254Scalars(random).length);
  });

  it('for pairings on bn254, where each point may be infinity, malformed or of a wrong order', TIMEOUT, () => {
    const random = createRandom(`${SEED} bn254 pairing`);
    const [g1, g2] = [bn254G1(random), bn254G2(random)];
    const [zero, p, minusP, twiceP] = g1.right as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const [, q, minusQ] = g2.right as [Uint8Array, Uint8Array, Uint8Array];
    expect(compare('bn254PairingCheck', joined(product(all(g1), [q]))).accepted).toBe(1);
    expect(compare('bn254PairingCheck', joined(product([zero, p], all(g2)))).accepted).toBe(g2.right.length + 1);
    const many = Array.from({ length: 40 }, (_, i) => join(i % 2 === 0 ? p : minusP, q));
    const balanced = [
      new Uint8Array(0),
      join(p, q, minusP, q),
      join(p, q, p, minusQ),
      join(twiceP, q, minusP, q, minusP, q),
      join(...many),
    ];
    expect(compare('bn254PairingCheck', balanced).refused).toBe(0);
    const scale = bn254.G1.Point.Fn.ORDER - 40n;
    const { x, y } = bn254.G1.Point.BASE.multiply(scale).toAffine();
    const forty = join(...Array.from({ length: 40 }, () => join(p, q)));
    expect(compare('bn254PairingCheck', [join(forty, word(x), word(y), q), forty])).toEqual({
      accepted: 1,
      refused: 1,
    });
    compare(
      'bn254PairingCheck',
      Array.from({ length: 6 }, () => mutated(join(p, q, minusP, q), random)),
    );
  });

  it('for sums on BLS12-381, of points of any order', TIMEOUT, () => {
    const random = createRandom(`${SEED} sums`);
    const [g1, g2] = [bls12381G1(random), bls12381G2(random)];
    expect(compare('g1Add', joined(product(all(g1), all(g1)))).accepted).toBe(
      (g1.right.length + g1.wrongOrder.length) ** 2,
    );
    expect(compare('g2Add', joined(product(all(g2), all(g2)))).accepted).toBe(
      (g2.right.length + g2.wrongOrder.length) ** 2,
    );
  });

  it('for multiples and sums of many on BLS12-381, of points of the subgroup only', TIMEOUT, () => {
    const random = createRandom(`${SEED} msm`);
    const groups = [
      ['g1Msm', bls12381G1(random)],
      ['g2Msm', bls12381G2(random)],
    ] as const;
    for (const [name, points] of groups) {
      const scalars = bls12381Scalars(random);
      const some = scalars[scalars.length - 1]!;
      const [, base, inverse] = points.right as [Uint8Array, Uint8Array, Uint8Array];
      expect(compare(name, joined(product(all(points), [scalars[0]!, some]))).accepted).toBe(2 * points.right.length);
      compare(name, joined(product([base], scalars)));
      const terms = product(points.right, scalars).map((term) => join(...term));
      const same = Array.from({ length: 20 }, () => join(base, some));
      const cancelling = join(...same.slice(0, 3), ...Array.from({ length: 3 }, () => join(inverse, some)));
      const beyond = join(...Array.from({ length: 260 }, (_, i) => terms[i % terms.length]!));
      expect(compare(name, [join(...terms), join(...same), cancelling, beyond]).refused).toBe(0);
      const wrong = join(points.wrongOrder[0]!, some);
      expect(compare(name, [join(beyond, wrong), join(wrong, beyond)]).accepted).toBe(0);
      compare(
        name,
        Array.from({ length: 6 }, () => mutated(join(...terms.slice(0, 8)), random)),
      );
    }
  });

  it('for pairings on BLS12-381, where each point may be infinity, malformed or of a wrong order', TIMEOUT, () => {
    const random = createRandom(`${SEED} pairing`);
    const [g1, g2] = [bls12381G1(random), bls12381G2(random)];
    const [zero, p, minusP] = g1.right as [Uint8Array, Uint8Array, Uint8Array];
    const [, q, minusQ, twiceQ] = g2.right as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect(compare('pairingCheck', joined(product(all(g1), [q]))).accepted).toBe(1);
    expect(compare('pairingCheck', joined(product([zero, p], all(g2)))).accepted).toBe(g2.right.length + 1);
    const many = join(...Array.from({ length: 66 }, (_, i) => join(i % 2 === 0 ? p : minusP, q)));
    const balanced = [join(p, q, minusP, q), join(p, twiceQ, p, minusQ, p, minusQ), many];
    expect(compare('pairingCheck', balanced).refused).toBe(0);
    expect(compare('pairingCheck', [join(many, p, q)]).accepted).toBe(0);
    compare(
      'pairingCheck',
      Array.from({ length: 6 }, () => mutated(join(p, q, minusP, q), random)),
    );
  });

  it('for the maps to BLS12-381, at their exceptional elements too', TIMEOUT, () => {
    const random = createRandom(`${SEED} maps`);
    expect(compare('mapFpToG1', mapFpInputs(random)).refused).toBe(5);
    expect(compare('mapFp2ToG2', mapFp2Inputs(random)).refused).toBe(3);
  });

  it('for KZG proofs, and every other encoding of a point', TIMEOUT, () => {
    const counts = new Map<string, number>();
    for (const evaluation of kzgInputs(createRandom(`${SEED} kzg`))) {
      const reference = String(precompileReference.verifyKzgProof(evaluation));
      expect([String(fast.verifyKzgProof(evaluation)), evaluation]).toEqual([reference, evaluation]);
      counts.set(reference, (counts.get(reference) ?? 0) + 1);
    }
    for (const answer of ['true', 'false', 'null']) expect(counts.get(answer) ?? 0).toBeGreaterThan(5);
  });

  it('for signatures on P-256', TIMEOUT, () => {
    const { accepted } = compare('p256Verify', p256Inputs(createRandom(`${SEED} p256`)));
    expect(accepted).toBeGreaterThan(16);
  });

  it("for BLAKE2b's compression, with any number of rounds, on a view into other bytes too", () => {
    const random = createRandom(`${SEED} blake2`);
    const inputs = blake2Inputs(random);
    compare('blake2bF', inputs);
    compare(
      'blake2bF',
      inputs.map((input) => join(Uint8Array.of(1, 2, 3), input, Uint8Array.of(4)).subarray(3, 216)),
    );
  });

  it('with outputs that the next call leaves alone', () => {
    const [a, b] = blake2Inputs(createRandom(SEED)) as [Uint8Array, Uint8Array];
    const first = fast.blake2bF(a);
    const copy = show(first);
    fast.blake2bF(b);
    expect(show(first)).toBe(copy);
  });
});

describe('the official vectors', () => {
  afterEach(() => usePrecompiles(precompileReference));

  it.skipIf(!hasVectors(PRECOMPILE_VECTORS))('agree with the fast curves', TIMEOUT, () => {
    usePrecompiles(fast);
    expect(precompileCases().flatMap(({ id, run }) => (run() === null ? [] : [id]))).toEqual([]);
  });

  it.skipIf(!hasVectors(KZG_VECTORS))('agree with the fast KZG verification', TIMEOUT, () => {
    usePrecompiles(fast);
    expect(kzgCases().flatMap(({ id, run }) => (run() === null ? [] : [id]))).toEqual([]);
  });
});

describe('an engine without WebAssembly', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('leaves the work to the reference, and says so once for each part', () => {
    vi.stubGlobal('WebAssembly', undefined);
    const failures: unknown[] = [];
    const backend = createFastPrecompiles((error) => failures.push(error));
    const twice = join(word(1n), word(2n), word(1n), word(2n));
    for (let i = 0; i < 2; i++) {
      expect(backend.bn254Add(twice)).toEqual(precompileReference.bn254Add(twice));
      for (const input of blake2Inputs(createRandom(SEED)))
        expect(backend.blake2bF(input)).toEqual(precompileReference.blake2bF(input));
    }
    expect(backend.g1Add(new Uint8Array(256))).toEqual(new Uint8Array(128));
    expect(failures.length).toBe(3);
  });

  it('starts all the same, on the references', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await installBackends();
    expect(operations()).toBe(precompileReference);
  });
});
