// A block as the checkers read it: from the bytes that a node reported, by position, with no help from the node's own types and rules.

import { bytesToBigint, bytesToHex, type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { asBytes, asList, decodeRlp, encodeRlp, type RlpItem } from '../../node/lib/rlp.ts';
import { recoverAddress } from '../../node/lib/signatures.ts';

/** The fields that the checkers compare, and who sealed the block by its signature. */
export type SeenBlock = {
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly ommersHash: Hex;
  readonly miner: Hex;
  readonly stateRoot: Hex;
  readonly receiptsRoot: Hex;
  readonly logsBloom: Hex;
  readonly difficulty: bigint;
  readonly number: number;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  readonly timestamp: bigint;
  readonly mixHash: Hex;
  readonly nonce: Hex;
  readonly baseFee: bigint;
  readonly withdrawalsRoot: Hex;
  readonly blobGasUsed: bigint;
  readonly excessBlobGas: bigint;
  readonly parentBeaconBlockRoot: Hex;
  /** No bytes where the header has none. */
  readonly requestsHash: Hex;
  /** Vanity, a checkpoint's signers, and seal. */
  readonly extraData: Uint8Array;
  /** The last 65 bytes of extraData. */
  readonly seal: Uint8Array;
  /** Null where the seal recovers to nobody. */
  readonly signer: Hex | null;
};

const SEAL_BYTES = 65;

/** Several checkers read a block when it is told, and some at the end. */
const READ_MAX = 256;
const read = new Map<Hex, SeenBlock>();

/**
 * Reads the RLP of a block, once while it is remembered. Throws DecodeError where it is none: a node reported it, so that would be a bug.
 */
export function readBlock(rlp: Hex): SeenBlock {
  let block = read.get(rlp);
  if (block !== undefined) return block;
  block = decodeSeen(rlp);
  if (read.size >= READ_MAX) read.clear();
  read.set(rlp, block);
  return block;
}

function decodeSeen(rlp: Hex): SeenBlock {
  const header = asList(asList(decodeRlp(hexToBytes(rlp)), 'block')[0], 'header');
  const bytes = (at: number): Uint8Array => asBytes(header[at], `header field ${at}`);
  const extraData = bytes(12);
  const seal = extraData.subarray(extraData.length - SEAL_BYTES);
  let signer: Hex | null | undefined; // recovered when it is asked for, which few properties do
  return {
    hash: bytesToHex(keccak256(encodeRlp(header))),
    parentHash: bytesToHex(bytes(0)),
    ommersHash: bytesToHex(bytes(1)),
    miner: bytesToHex(bytes(2)),
    stateRoot: bytesToHex(bytes(3)),
    receiptsRoot: bytesToHex(bytes(5)),
    logsBloom: bytesToHex(bytes(6)),
    difficulty: bytesToBigint(bytes(7)),
    number: Number(bytesToBigint(bytes(8))),
    gasLimit: bytesToBigint(bytes(9)),
    gasUsed: bytesToBigint(bytes(10)),
    timestamp: bytesToBigint(bytes(11)),
    mixHash: bytesToHex(bytes(13)),
    nonce: bytesToHex(bytes(14)),
    baseFee: bytesToBigint(bytes(15)),
    withdrawalsRoot: bytesToHex(bytes(16)),
    blobGasUsed: bytesToBigint(bytes(17)),
    excessBlobGas: bytesToBigint(bytes(18)),
    parentBeaconBlockRoot: bytesToHex(bytes(19)),
    requestsHash: header[20] === undefined ? '0x' : bytesToHex(bytes(20)),
    extraData,
    seal,
    get signer() {
      signer = signer === undefined ? signerOf(header, extraData, seal) : signer;
      return signer;
    },
  };
}

/** EIP-225: the seal signs the header without the seal. */
function signerOf(header: readonly RlpItem[], extraData: Uint8Array, seal: Uint8Array): Hex | null {
  const unsealed = [...header];
  unsealed[12] = extraData.subarray(0, extraData.length - SEAL_BYTES);
  return recoverAddress(keccak256(encodeRlp(unsealed)), {
    r: bytesToBigint(seal.subarray(0, 32)),
    s: bytesToBigint(seal.subarray(32, 64)),
    yParity: seal[64] ?? -1,
  });
}
