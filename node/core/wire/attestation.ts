// What a node says about a block, signed with its node key: the digest that is signed, the message, and the pair that proves a disagreement.

import { bigintToBytes, hexToBytes, numberToBytes, utf8ToBytes } from '../../lib/bytes.ts';
import { keccak256 } from '../../lib/hashing.ts';
import { asBigint, asHex, asList, asNumber, DecodeError, encodeRlp, type RlpItem } from '../../lib/rlp.ts';
import { recoverAddress, SECP256K1_HALF_N, type Signature } from '../../lib/signatures.ts';
import type { Address, Hash } from '../../types/transaction.ts';
import { ATTESTATIONS_PER_MESSAGE_MAX, FRAME_BYTES_MAX } from '../limits.ts';
import { decodeMessage, encodeMessage, MESSAGE, memoised } from './message.ts';

/** The result that a node computed for a block. */
export type AttestedResult = {
  readonly number: number;
  readonly blockHash: Hash;
  readonly stateRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly gasUsed: number;
};

export type SignedAttestation = AttestedResult & { readonly signature: Signature };

/** Keeps these signatures apart from those of transactions, seals and other networks. */
const DOMAIN = utf8ToBytes('lockstep attestation 1');

/** What the node key signs: keccak of the RLP of the domain, the genesis hash and the result. */
export function attestationDigest(genesisHash: Hash, result: AttestedResult): Uint8Array {
  return keccak256(encodeRlp([DOMAIN, hexToBytes(genesisHash), ...resultFields(result)]));
}

const signers = new WeakMap<SignedAttestation, { readonly genesisHash: Hash; readonly address: Address | null }>();

/** The address of the node key that signed, or null; high s is refused, so that nobody else makes a second form. Recovered once per object. */
export function attester(genesisHash: Hash, attestation: SignedAttestation): Address | null {
  const known = signers.get(attestation);
  if (known !== undefined && known.genesisHash === genesisHash) return known.address;
  const isLow = attestation.signature.s <= SECP256K1_HALF_N;
  const address = isLow ? recoverAddress(attestationDigest(genesisHash, attestation), attestation.signature) : null;
  signers.set(attestation, { genesisHash, address });
  return address;
}

/** Whether two nodes computed the same. */
export function sameResult(a: AttestedResult, b: AttestedResult): boolean {
  return a.stateRoot === b.stateRoot && a.receiptsRoot === b.receiptsRoot && a.gasUsed === b.gasUsed;
}

/** A request that tells attestations; the response tells those of the answerer about the same blocks. */
export function encodeAttestationsRequest(attestations: readonly SignedAttestation[]): Uint8Array {
  const [only] = attestations;
  if (only === undefined || attestations.length > 1)
    return encodeMessage(MESSAGE.attestationsRequest, attestations.map(toItem));
  let bytes = singles.get(only);
  if (bytes === undefined) {
    bytes = encodeMessage(MESSAGE.attestationsRequest, [toItem(only)]);
    singles.set(only, bytes);
  }
  return bytes;
}

/** The usual message, one attestation to every peer, is one byte array, so that nodes of one simulation verify it once. */
const singles = new WeakMap<SignedAttestation, Uint8Array>();

export function encodeAttestationsResponse(attestations: readonly SignedAttestation[]): Uint8Array {
  return encodeMessage(MESSAGE.attestationsResponse, attestations.map(toItem));
}

/** The largest attestation: four words, three integers of 8 bytes, two prefixes of each. */
const ATTESTATION_BYTES_MAX = 256;

const LIST_FORMAT = {
  bytesMax: ATTESTATIONS_PER_MESSAGE_MAX * ATTESTATION_BYTES_MAX + FRAME_BYTES_MAX,
  what: 'attestations',
  read(item: RlpItem): readonly SignedAttestation[] {
    const items = asList(item, 'attestations');
    if (items.length > ATTESTATIONS_PER_MESSAGE_MAX) throw new DecodeError(`${items.length} attestations`);
    return items.map(fromItem);
  },
};

/** The reverse of encodeAttestationsRequest. */
export const decodeAttestationsRequest = memoised<readonly SignedAttestation[]>((bytes) =>
  decodeMessage(bytes, { ...LIST_FORMAT, type: MESSAGE.attestationsRequest }),
);

/** The reverse of encodeAttestationsResponse. */
export const decodeAttestationsResponse = memoised<readonly SignedAttestation[]>((bytes) =>
  decodeMessage(bytes, { ...LIST_FORMAT, type: MESSAGE.attestationsResponse }),
);

/** Two attestations of one block with different results. */
export type Disagreement = readonly [SignedAttestation, SignedAttestation];

export function encodeDisagreement(pair: Disagreement): Uint8Array {
  return encodeMessage(MESSAGE.disagreement, pair.map(toItem));
}

/** The reverse of encodeDisagreement; a pair that agrees or speaks of two blocks is `encoding`. Signatures are not judged here. */
export const decodeDisagreement = memoised<Disagreement>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.disagreement,
    bytesMax: 2 * ATTESTATION_BYTES_MAX + FRAME_BYTES_MAX,
    what: 'disagreement',
    read(item): Disagreement {
      const [first, second] = asList(item, 'disagreement', 2);
      const a = fromItem(first ?? []);
      const b = fromItem(second ?? []);
      if (a.blockHash !== b.blockHash || a.number !== b.number) throw new DecodeError('a pair about two blocks');
      if (sameResult(a, b)) throw new DecodeError('a pair that agrees');
      return [a, b];
    },
  }),
);

function resultFields(result: AttestedResult): RlpItem[] {
  return [
    numberToBytes(result.number),
    hexToBytes(result.blockHash),
    hexToBytes(result.stateRoot),
    hexToBytes(result.receiptsRoot),
    numberToBytes(result.gasUsed),
  ];
}

function toItem(attestation: SignedAttestation): RlpItem {
  const { r, s, yParity } = attestation.signature;
  return [...resultFields(attestation), numberToBytes(yParity), bigintToBytes(r), bigintToBytes(s)];
}

function fromItem(item: RlpItem): SignedAttestation {
  const list = asList(item, 'attestation', 8);
  return {
    number: asNumber(list[0], 'number'),
    blockHash: asHex(list[1], 'blockHash', 32),
    stateRoot: asHex(list[2], 'stateRoot', 32),
    receiptsRoot: asHex(list[3], 'receiptsRoot', 32),
    gasUsed: asNumber(list[4], 'gasUsed'),
    signature: {
      yParity: asNumber(list[5], 'yParity'),
      r: asBigint(list[6], 'r', 256),
      s: asBigint(list[7], 's', 256),
    },
  };
}
