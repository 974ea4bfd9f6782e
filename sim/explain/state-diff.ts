// Where two states differ: the accounts, and in each its fields and slots, with both values. Tries have only the hashes of addresses and
// slots; the machines said which ones they touched, and what nobody said is shown by its hash.

import { bytesToHex, type Hex, hexToBytes, wordToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { decodeAccount, decodeSlotValue } from '../../node/state/account-codec.ts';
import type { Account } from '../../node/state/view.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { NetworkError } from '../cluster/errors.ts';
import type { NodeAccess } from './access.ts';
import { ask, type Part } from './answers.ts';
import { diffTries, type FetchNodes } from './trie-diff.ts';

/** Something that has one value on the one side and another on the other; null where a side has none. */
export type TwoValues = readonly [string | null, string | null];

export type AccountDifference = {
  /** Null where nobody named it: `key` is the hash of the address. */
  readonly address: Hex | null;
  readonly key: Hex;
  /** Decimal text for nonce and balance (wei), hex for the code's hash. Whole accounts that one side does not have, too. */
  readonly fields: readonly { readonly field: 'nonce' | 'balance' | 'codeHash'; readonly values: TwoValues }[];
  /** Words in hex. */
  readonly slots: readonly { readonly slot: Hex | null; readonly key: Hex; readonly values: TwoValues }[];
};

export type StateDifference = {
  readonly accounts: readonly AccountDifference[];
  /** There are more than are listed. */
  readonly isCut: boolean;
};

/** Differences that are listed: more than a person reads, and an end to a walk over states that have nothing in common. */
const ACCOUNTS_MAX = 64;
const SLOTS_MAX = 256;
/** Nodes in one question. */
const NODES_MAX = 256;

/** Compares the state of a node at one root with another node's at another. `touched` names addresses and slots. */
export async function diffStates(
  a: { readonly node: NodeAccess; readonly root: string },
  b: { readonly node: NodeAccess; readonly root: string },
  touched: readonly Part['touched'][number][],
): Promise<StateDifference> {
  const names = namesOf(touched);
  const [fetchA, fetchB] = [fetchFrom(a.node), fetchFrom(b.node)];
  const { leaves, isCut } = await diffTries(
    { root: a.root, fetch: fetchA },
    { root: b.root, fetch: fetchB },
    ACCOUNTS_MAX,
  );
  let hasMore = isCut;
  const accounts: AccountDifference[] = [];
  for (const leaf of leaves) {
    const [left, right] = [leaf.a && decodeAccount(leaf.a), leaf.b && decodeAccount(leaf.b)];
    const storage = await diffTries(
      { root: left?.storageRoot ?? EMPTY_TRIE_ROOT, fetch: fetchA },
      { root: right?.storageRoot ?? EMPTY_TRIE_ROOT, fetch: fetchB },
      SLOTS_MAX,
    );
    hasMore ||= storage.isCut;
    const key: Hex = `0x${leaf.key}`;
    accounts.push({
      address: names.addresses.get(key) ?? null,
      key,
      fields: fieldsOf(left, right),
      slots: storage.leaves.map((slot) => ({
        slot: names.slots.get(`0x${slot.key}`) ?? null,
        key: `0x${slot.key}`,
        values: [wordOf(slot.a), wordOf(slot.b)],
      })),
    });
  }
  return { accounts, isCut: hasMore };
}

function fieldsOf(a: Account | null, b: Account | null): AccountDifference['fields'] {
  const texts = (account: Account | null) => ({
    nonce: account === null ? null : String(account.nonce),
    balance: account === null ? null : String(account.balance),
    codeHash: account?.codeHash ?? null,
  });
  const [left, right] = [texts(a), texts(b)];
  return (['nonce', 'balance', 'codeHash'] as const).flatMap((field) =>
    left[field] === right[field] ? [] : [{ field, values: [left[field], right[field]] as const }],
  );
}

function wordOf(leaf: Uint8Array | null): string {
  return `0x${(leaf === null ? 0n : decodeSlotValue(leaf)).toString(16).padStart(64, '0')}`;
}

function namesOf(touched: readonly Part['touched'][number][]) {
  const addresses = new Map(touched.map(({ address }) => [keccakHex(hexToBytes(address)), address]));
  const slots = new Map(
    touched.flatMap(({ slots }) =>
      slots.map((slot) => {
        const word = wordToBytes(BigInt(slot));
        return [keccakHex(word), bytesToHex(word)] as const;
      }),
    ),
  );
  return { addresses, slots };
}

/** Nodes name themselves by their hash, so a wrong one is seen at once. */
function fetchFrom(node: NodeAccess): FetchNodes {
  return async (hashes) => {
    const nodes: Uint8Array[] = [];
    for (let at = 0; at < hashes.length; at += NODES_MAX) {
      const wanted = hashes.slice(at, at + NODES_MAX);
      const answers = await ask(node, 'lockstep_trieNodes', wanted);
      for (const [i, hash] of wanted.entries()) {
        const bytes = answers[i] ?? null;
        const encoded = bytes === null ? null : hexToBytes(bytes);
        if (encoded === null || keccakHex(encoded) !== hash)
          throw new NetworkError('nothing-matched', `${node.name} does not have the trie node ${hash} (any more)`);
        nodes.push(encoded);
      }
    }
    return nodes;
  };
}
