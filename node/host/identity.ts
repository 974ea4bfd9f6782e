// Between Ethereum's keys and libp2p's: one secp256k1 key is a node's address in the configured list and its peer id on the network.

import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { PeerId as Libp2pPeerId, Secp256k1PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { NodeName, PeerId } from '../core/contract.ts';
import { assert } from '../lib/assert.ts';
import { bytesToHex, compareText } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import type { Address } from '../types/transaction.ts';

/** libp2p's form of a node key of 32 bytes. */
export function libp2pKey(nodeKey: Uint8Array): Secp256k1PrivateKey {
  const key = privateKeyFromRaw(nodeKey);
  assert(key.type === 'secp256k1', `a node key became a key of type ${key.type}`);
  return key;
}

/** The peer id that a node key has on the network. */
export function peerIdOfKey(nodeKey: Uint8Array): PeerId {
  return peerIdFromPrivateKey(libp2pKey(nodeKey)).toString();
}

/** The Ethereum address of a peer's key, or null where its key is not a secp256k1 one. */
export function addressOfPeer(peer: Libp2pPeerId): Address | null {
  const key = peer.publicKey;
  if (key?.type !== 'secp256k1') return null;
  const uncompressed = secp256k1.Point.fromBytes(key.raw).toBytes(false);
  return bytesToHex(keccak256(uncompressed.subarray(1)).subarray(12));
}

/** Of each pair of nodes one dials, so that a pair has one connection: the one whose name is lower by code unit. */
export function dials(self: NodeName, other: NodeName): boolean {
  return compareText(self, other) < 0;
}
