// Accounts with keys, and chains of headers for the tests of Clique. Headers carry no real roots: engines do not look at them.

import { createClique } from '../../../node/consensus/clique/engine.ts';
import { encodeExtraData } from '../../../node/consensus/clique/extra-data.ts';
import { sealHeader } from '../../../node/consensus/clique/seal.ts';
import type { Engine, Proposal, Sign, Snapshot } from '../../../node/consensus/engine.ts';
import { bytesToHex, utf8ToBytes } from '../../../node/lib/bytes.ts';
import { keccak256 } from '../../../node/lib/hashing.ts';
import { addressOfKey, signDigest } from '../../../node/lib/signatures.ts';
import type { CliqueConfig } from '../../../node/types/config.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  headerHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '../../../node/types/header.ts';
import { isRejection, type RejectionCode } from '../../../node/types/rejection.ts';
import type { Address } from '../../../node/types/transaction.ts';

export type Account = { readonly address: Address; readonly sign: Sign };

/** Accounts in ascending order of their addresses: the index of each is its turn. */
export function accounts(count: number): readonly Account[] {
  const all = Array.from({ length: count }, (_, index) => {
    const key = keccak256(utf8ToBytes(`account ${index}`));
    return { address: addressOfKey(key), sign: (digest: Uint8Array) => signDigest(digest, key) };
  });
  return all.sort((a, b) => (a.address < b.address ? -1 : 1));
}

export function config(overrides: Partial<CliqueConfig> = {}): CliqueConfig {
  return { period: 1, epoch: 30_000, signerLimit: null, ...overrides };
}

export function genesisHeader(signers: readonly Address[], extraData = encodeExtraData(null, signers)): Header {
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    miner: ZERO_ADDRESS,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: 1n,
    number: 0,
    gasLimit: 30_000_000,
    gasUsed: 0,
    timestamp: 1_700_000_000,
    extraData,
    mixHash: ZERO_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: 1_000_000_000n,
  };
}

/** A block and the snapshot after it. */
export type Link = { readonly header: Header; readonly snapshot: Snapshot };

export type Chain = { readonly engine: Engine; readonly signers: readonly Account[]; readonly genesis: Link };

export function chainOf(count: number, overrides: Partial<CliqueConfig> = {}): Chain {
  const signers = accounts(count);
  const engine = createClique(config(overrides));
  return { engine, signers, genesis: genesisLink(engine, signers) };
}

export function genesisLink(engine: Engine, signers: readonly Account[]): Link {
  const addresses = signers.map((signer) => signer.address).sort();
  const header = genesisHeader(addresses);
  const snapshot = engine.genesisSnapshot(header);
  if (isRejection(snapshot)) throw new Error(snapshot.message);
  return { header, snapshot };
}

/** A sealed child, right in everything but what `edit` changes before the seal. */
export function sealChild(
  engine: Engine,
  parent: Link,
  account: Account,
  options: { readonly proposals?: readonly Proposal[]; readonly edit?: Partial<Header> } = {},
): Header {
  const timestamp = Number(parent.header.timestamp) + 1;
  const fields = engine.prepare(parent.header, parent.snapshot, account.address, timestamp, options.proposals ?? []);
  return engine.seal(
    {
      ...parent.header,
      parentHash: headerHash(parent.header),
      number: parent.header.number + 1,
      ...fields,
      ...options.edit,
    },
    account.sign,
  );
}

/** Seals a header that `prepare` would not make. */
export function reseal(header: Header, account: Account, edit: Partial<Header> = {}): Header {
  return sealHeader({ ...header, ...edit }, account.sign);
}

export function verify(engine: Engine, parent: Link, header: Header): RejectionCode | null {
  return engine.verifyHeader(header, parent.header, parent.snapshot)?.code ?? null;
}

/** Verifies and applies; throws on a refusal. */
export function extend(engine: Engine, parent: Link, header: Header): Link {
  const refusal = engine.verifyHeader(header, parent.header, parent.snapshot);
  if (refusal !== null) throw new Error(`${refusal.code}: ${refusal.message}`);
  return { header, snapshot: engine.apply(parent.snapshot, header) };
}

/** A chain of one block by each of these accounts in turn. */
export function grow(chain: Chain, order: readonly number[]): readonly Link[] {
  const links = [chain.genesis];
  for (const index of order) {
    const parent = links.at(-1)!;
    links.push(extend(chain.engine, parent, sealChild(chain.engine, parent, chain.signers[index]!)));
  }
  return links;
}

/** A copy of extraData with some of its bytes set. */
export function patch(extraData: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(extraData);
  copy.set(bytes, at);
  return copy;
}

/** Any number as a distinct hash-like text. */
export function hashOf(text: string): `0x${string}` {
  return bytesToHex(keccak256(utf8ToBytes(text)));
}
