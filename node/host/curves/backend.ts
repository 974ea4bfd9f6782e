// The fast precompiled contracts: mcl's curves and BLAKE2b's module, each made where it is first needed. What fails there for want of resources
// is done by the reference from then on: it never becomes a result.

import { precompileReference } from '../../evm/precompiles/backend.ts';
import { createBlake2b } from '../../evm/precompiles/blake2b-module.ts';
import type { PrecompileBackend } from '../../evm/precompiles/operations.ts';
import { createBls12381 } from './bls12-381.ts';
import { createBn254 } from './bn254.ts';
import { createP256 } from './p256.ts';

/** The operations, faster than the reference and with the same results. `onFailure` hears once of each part that is given up. */
export function createFastPrecompiles(onFailure: (error: unknown) => void): PrecompileBackend {
  const bn254 = lazily(createBn254, onFailure);
  const bls = lazily(createBls12381, onFailure);
  const p256 = lazily(createP256, onFailure);
  const blake2b = lazily(createBlake2b, onFailure);
  return {
    bn254Add: (input) => bn254((by) => by.bn254Add(input)),
    bn254Mul: (input) => bn254((by) => by.bn254Mul(input)),
    bn254PairingCheck: (input) => bn254((by) => by.bn254PairingCheck(input)),
    g1Add: (input) => bls((by) => by.g1Add(input)),
    g2Add: (input) => bls((by) => by.g2Add(input)),
    g1Msm: (input) => bls((by) => by.g1Msm(input)),
    g2Msm: (input) => bls((by) => by.g2Msm(input)),
    pairingCheck: (input) => bls((by) => by.pairingCheck(input)),
    mapFpToG1: (input) => bls((by) => by.mapFpToG1(input)),
    mapFp2ToG2: (input) => bls((by) => by.mapFp2ToG2(input)),
    verifyKzgProof: (evaluation) => bls((by) => by.verifyKzgProof(evaluation)),
    p256Verify: (input) => p256((by) => by.p256Verify(input)),
    blake2bF: (input) => blake2b((by) => by.blake2bF(input)),
  };
}

/** Runs operations of a part on what `create` makes; after a failure, and in place of the one that failed, on the reference. */
function lazily<Name extends keyof PrecompileBackend>(
  create: () => Pick<PrecompileBackend, Name>,
  onFailure: (error: unknown) => void,
): <Result>(operation: (by: Pick<PrecompileBackend, Name>) => Result) => Result {
  let part: Pick<PrecompileBackend, Name> | null = null;
  return (operation) => {
    if (part === precompileReference) return operation(part);
    try {
      part ??= create();
      return operation(part);
    } catch (error) {
      onFailure(error);
      part = precompileReference;
      return operation(part);
    }
  };
}
