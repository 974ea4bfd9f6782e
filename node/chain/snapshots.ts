// The engine's snapshots by block hash: remembered, and computed from headers where they are not. Every 64th is
// stored, so that a restart walks back a few headers and not the whole chain.

import type { Engine, Snapshot } from '../consensus/engine.ts';
import { assert, present } from '../lib/assert.ts';
import { bytesToHex, hexToBytes, numberToBytes } from '../lib/bytes.ts';
import { asBytes, asHex, asList, asNumber, decodeRlp, encodeRlp } from '../lib/rlp.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import { type Header, headerHash } from '../types/header.ts';
import { isRejection } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import { createBoundedMap } from './bounded-map.ts';
import type { ChainStore } from './chain-store.ts';

/** A snapshot of 5 signers is half a kilobyte; deep forks ask for old ones. */
const SNAPSHOTS_MAX = 2048;
/** Between stored snapshots: a restart verifies at most so many headers' votes again. */
const STORED_EVERY = 64;

const snapshotKey = (hash: Hash): string => `s/${hash.slice(2)}`;

export type Snapshots = {
  /** The snapshot after an imported block; null where the block is unknown. */
  readonly at: (hash: Hash) => Snapshot | null;
  /** What to store of an imported block's snapshot: nothing, or one write. */
  readonly writesOf: (header: Header) => readonly Write[];
};

/** Creates the memo over the chain's headers. Asserts that the engine accepts the genesis: its reader judged it. */
export function createSnapshots(engine: Engine, store: StoreReader, chain: ChainStore): Snapshots {
  const memo = createBoundedMap<Hash, Snapshot>(SNAPSHOTS_MAX);

  const known = (hash: Hash, header: Header): Snapshot | null => {
    const remembered = memo.get(hash);
    if (remembered !== undefined) return remembered;
    if (header.number === 0) return genesisSnapshot(engine, header);
    const stored = store.get(snapshotKey(hash));
    return stored === undefined ? null : decodeSnapshot(stored);
  };

  const at = (hash: Hash): Snapshot | null => {
    let header = chain.header(hash);
    if (header === null) return null;
    const later: Header[] = [];
    let snapshot = known(hash, header);
    while (snapshot === null) {
      later.push(header);
      header = present(chain.header(header.parentHash), `parent of block ${header.number}`);
      snapshot = known(headerHash(header), header);
    }
    memo.set(snapshot.hash, snapshot);
    for (const next of later.reverse()) {
      snapshot = engine.apply(snapshot, next);
      memo.set(snapshot.hash, snapshot);
    }
    return snapshot;
  };

  return {
    at,
    writesOf(header) {
      if (header.number % STORED_EVERY !== 0) return [];
      const hash = headerHash(header);
      const parent = present(at(header.parentHash), `snapshot before block ${header.number}`);
      return [{ key: snapshotKey(hash), value: encodeSnapshot(engine.apply(parent, header)) }];
    },
  };
}

function genesisSnapshot(engine: Engine, header: Header): Snapshot {
  const snapshot = engine.genesisSnapshot(header);
  assert(!isRejection(snapshot), 'a genesis that the engine refuses');
  return snapshot;
}

function encodeSnapshot({ number, hash, signers, recents, votes }: Snapshot): Uint8Array {
  return encodeRlp([
    numberToBytes(number),
    hexToBytes(hash),
    signers.map(hexToBytes),
    recents.map(([sealed, signer]) => [numberToBytes(sealed), hexToBytes(signer)]),
    votes.map((vote) => [
      hexToBytes(vote.signer),
      hexToBytes(vote.candidate),
      numberToBytes(vote.authorize ? 1 : 0),
      numberToBytes(vote.number),
    ]),
  ]);
}

function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const [number, hash, signers, recents, votes] = asList(decodeRlp(bytes), 'stored snapshot', 5);
  return {
    number: asNumber(number, 'number'),
    hash: asHex(hash, 'hash', 32),
    signers: asList(signers, 'signers').map((signer) => bytesToHex(asBytes(signer, 'signer', 20))),
    recents: asList(recents, 'recents').map((item) => {
      const [sealed, signer] = asList(item, 'recent', 2);
      return [asNumber(sealed, 'recent number'), asHex(signer, 'recent signer', 20)] as const;
    }),
    votes: asList(votes, 'votes').map((item) => {
      const [signer, candidate, authorize, cast] = asList(item, 'vote', 4);
      return {
        signer: asHex(signer, 'voter', 20),
        candidate: asHex(candidate, 'candidate', 20),
        authorize: asNumber(authorize, 'authorize') === 1,
        number: asNumber(cast, 'vote number'),
      };
    }),
  };
}
