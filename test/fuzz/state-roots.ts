// The root of a case's last state, by our trie and by @ethereumjs/mpt's, each from its own machine's accounts.

import { MerkleStateManager } from '@ethereumjs/statemanager';
import { Account } from '@ethereumjs/util';
import { bytesToHex, wordToBytes } from '../../node/lib/bytes.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import { commitState } from '../../node/state/commit.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import type { AccountDiff, StateDiff } from '../../node/state/view.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Address, Hash } from '../../node/types/transaction.ts';
import type { World } from './case.ts';
import { peerAddress } from './ethereumjs-state.ts';

/** The root after a change, as a block's execution computes it: over the tries of the state before. */
export function rootAfter(before: World, diff: StateDiff): Hash {
  const { root, writes } = createStateFromAlloc(before);
  const store = new Map(writes.map(({ key, value }) => [key, value]));
  const reader: StoreReader = { get: (key) => store.get(key) ?? undefined };
  const view = createStateView(reader, root);
  const onTries = new Map<Address, AccountDiff>();
  for (const [address, changed] of diff) {
    // the machines ran over plain maps, which know no roots
    const account = changed.storageCleared ? null : view.account(address);
    onTries.set(address, { ...changed, storageRoot: account?.storageRoot ?? EMPTY_TRIE_ROOT });
  }
  return commitState(reader, root, onTries).root;
}

/** The root of accounts, by the other implementation. */
export async function peerRoot(world: World): Promise<Hash> {
  const state = new MerkleStateManager();
  for (const [key, { nonce, balance, code, storage }] of world) {
    const address = peerAddress(key);
    await state.putAccount(address, new Account(nonce, balance));
    if (code.length > 0) await state.putCode(address, code);
    for (const [slot, value] of storage) await state.putStorage(address, wordToBytes(slot), withoutZeros(value));
  }
  await state.flush();
  return bytesToHex(await state.getStateRoot());
}

function withoutZeros(value: bigint): Uint8Array {
  const bytes = wordToBytes(value);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}
