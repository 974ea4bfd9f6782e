// What precompiled contracts leave to a backend: one function per costly operation, over the encodings of the EIPs.

/** Maps an input of the right length to an output, which is the caller's to keep, or to null where the input is malformed. */
type Operation = (input: Uint8Array) => Uint8Array | null;
/** Whether something holds for an input of the right length; null where the input is malformed. */
type Check = (input: Uint8Array) => boolean | null;

/** What EIP-4844 proves: that the committed polynomial has the value y at z (32 bytes each; commitment and proof 48). */
export type KzgEvaluation = {
  readonly commitment: Uint8Array;
  readonly z: Uint8Array;
  readonly y: Uint8Array;
  readonly proof: Uint8Array;
};

/** The operations over the encodings of their EIPs. Lengths are checked before, gas is paid before; everything else is checked here. */
export type PrecompileBackend = {
  /** Two points (EIP-196). */
  readonly bn254Add: Operation;
  /** A point and a scalar (EIP-196). */
  readonly bn254Mul: Operation;
  /** Pairs of a point of G1 and one of G2's subgroup, perhaps none: whether the product is one (EIP-197). */
  readonly bn254PairingCheck: Check;
  /** Two points of the curve, perhaps outside of the subgroup (EIP-2537, as what follows). */
  readonly g1Add: Operation;
  readonly g2Add: Operation;
  /** One or more pairs of a point of the subgroup and a scalar. */
  readonly g1Msm: Operation;
  readonly g2Msm: Operation;
  /** One or more pairs of points of the subgroups: whether the product is one. */
  readonly pairingCheck: Check;
  readonly mapFpToG1: Operation;
  readonly mapFp2ToG2: Operation;
  /** Null where a scalar is not reduced, or commitment or proof are no points of the subgroup (EIP-4844). */
  readonly verifyKzgProof: (evaluation: KzgEvaluation) => boolean | null;
  /** Digest, signature and key (EIP-7951); false where one is malformed. */
  readonly p256Verify: (input: Uint8Array) => boolean;
  /** The 213 bytes of EIP-152. */
  readonly blake2bF: Operation;
};
