// Our machines, and how a case's transactions are run on one of them: all on one journal, as in a block.

import { blobGasLimit } from '../../node/chain/fees.ts';
import { applyTransaction } from '../../node/chain/transition.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { BlockContext, Hooks, Machine } from '../../node/evm/machine.ts';
import { LOGS, WRITE, WRITES } from '../../node/evm/tier-one/layout.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { PAGES_MIN } from '../../node/evm/tier-one/module.ts';
import { createTierTwo } from '../../node/evm/tier-two/machine.ts';
import { present } from '../../node/lib/assert.ts';
import { EMPTY_BYTES } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { createJournal } from '../../node/state/journal.ts';
import type { StateDiff, StateView } from '../../node/state/view.ts';
import { type Fork, includesFork } from '../../node/types/config.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { isRejection } from '../../node/types/rejection.ts';
import type { Tier } from '../../node/types/tier.ts';
import type { Hash, Transaction } from '../../node/types/transaction.ts';
import { BLOBS, CHAIN_ID, contextOf, type FuzzCase, type FuzzTransaction, senderOf, type World } from './case.ts';
import type { Outcome } from './outcome.ts';

/** Creates the machine of each tier. Tier 0 is the reference of the others. */
export const TIERS: Readonly<Record<Tier, () => Machine>> = {
  0: createInterpreter,
  1: createTierOnes,
  2: createTierTwos,
};

const OPTIONS = {
  onRefusal(error: unknown): never {
    throw error;
  },
};

/** A machine whose every room is full soon: for writes, logs, return data, decoded code and memories. */
export const TINY = {
  pagesMax: PAGES_MIN + 1,
  rooms: {
    writesEnd: WRITES + 3 * WRITE.bytes,
    logsEnd: LOGS + 200,
    returnDataBytes: 40,
    codeBytes: 160 * 1024,
  },
} as const;

/** Of so many messages one has every block compiled that it reaches, which takes a hundred times longer than running it once. */
const EAGER_OF = 16;
/** Steps of a block that is compiled because a loop comes back to it. */
const THRESHOLD = 40;

/** Tier 1, at times with tiny rooms. */
function createTierOnes(): Machine {
  const [whole, tiny] = [createTierOne(OPTIONS), createTierOne({ ...OPTIONS, ...TINY })];
  return chooseByGas([whole, whole, tiny]);
}

/** Tier 2, which compiles at once or soon, with all its rooms or with tiny ones. */
function createTierTwos(): Machine {
  const eager = createTierTwo({ threshold: 0, ...OPTIONS });
  const lazy = createTierTwo({ threshold: THRESHOLD, ...OPTIONS });
  const tiny = createTierTwo({ threshold: THRESHOLD, ...OPTIONS, ...TINY });
  return chooseByGas(Array.from({ length: EAGER_OF }, (_, i) => (i === 0 ? eager : i % 3 === 0 ? tiny : lazy)));
}

/** Which of them runs a message is the message's own affair, so that a case does the same when it is run again. */
function chooseByGas(machines: readonly Machine[]): Machine {
  return {
    execute(environment, message) {
      const machine = present(machines[Number(message.gas) % machines.length], 'a machine');
      return machine.execute(environment, message);
    },
  };
}

/** A case under way on one machine. */
export type TierRun = {
  readonly apply: (transaction: FuzzTransaction, hooks?: Hooks) => Outcome;
  /** What changed since the case began. */
  readonly diff: () => StateDiff;
};

/** Begins a case. The view may be shared by machines that run the same case. */
export function startCase(
  machine: Machine,
  { fork, block }: Pick<FuzzCase, 'fork' | 'block'>,
  view: StateView,
): TierRun {
  const journal = createJournal(view);
  const context: BlockContext = contextOf(block);
  return {
    diff: journal.diff,
    apply(transaction, hooks) {
      const sender = senderOf(transaction);
      const outcome = applyTransaction(
        {
          machine,
          journal,
          block: context,
          blobs: BLOBS,
          fork,
          chainId: CHAIN_ID,
          gasAvailable: block.gasLimit,
          blobGasAvailable: blobGasLimit(BLOBS),
          stepBudget: null,
          ...(hooks !== undefined && { hooks }),
        },
        transactionOf(transaction, fork, journal.nonce(sender.address)),
        sender.address,
      );
      if (isRejection(outcome)) return { ...REFUSED, reason: outcome.code };
      const { halt } = outcome;
      return {
        status: halt === null ? 'success' : halt === 'revert' ? 'revert' : 'halt',
        reason: halt,
        gasUsed: Number(outcome.gasUsed), // no case has more gas than a number holds
        refund: journal.refund(),
        output: outcome.output,
        logs: outcome.logs,
        created: outcome.contractAddress,
        steps: outcome.steps,
      };
    },
  };
}

/** What a refused transaction leaves: nothing. */
export const REFUSED: Outcome = {
  status: 'refused',
  reason: null,
  gasUsed: 0,
  refund: 0,
  output: EMPTY_BYTES,
  logs: [],
  created: null,
  steps: 0,
};

/** The transaction in the protocol's form, without a signature that means anything. */
export function transactionOf(transaction: FuzzTransaction, fork: Fork, nonce: bigint): Transaction {
  const { type, to, value, data, gasLimit, accessList, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const signature = { r: 1n, s: 1n, yParity: 0 };
  const common = { nonce, gasLimit, to, value, data, signature };
  const fees = { maxFeePerGas, maxPriorityFeePerGas, accessList, chainId: CHAIN_ID };
  switch (type) {
    case 0:
      return {
        ...common,
        type,
        gasPrice: maxFeePerGas,
        chainId: includesFork(fork, 'SpuriousDragon') ? CHAIN_ID : null,
      };
    case 1:
      return { ...common, type, gasPrice: maxFeePerGas, accessList, chainId: CHAIN_ID };
    case 2:
      return { ...common, ...fees, type };
    case 3:
      return {
        ...common,
        ...fees,
        type,
        maxFeePerBlobGas: 10n ** 9n,
        blobVersionedHashes: transaction.blobVersionedHashes,
      };
    case 4:
      return { ...common, ...fees, type, authorizationList: transaction.authorizationList };
  }
}

/** The accounts as a machine reads them. */
export function viewOf(world: World): StateView {
  const codes = new Map<Hash, Uint8Array>();
  for (const { code } of world.values()) codes.set(hashOf(code), code);
  return {
    account(address) {
      const account = world.get(address);
      if (account === undefined) return null;
      const { nonce, balance, code, storage } = account;
      const storageRoot = storage.size === 0 ? EMPTY_TRIE_ROOT : SOME_ROOT;
      return { nonce, balance, codeHash: hashOf(code), storageRoot };
    },
    code: (hash) => codes.get(hash) ?? EMPTY_BYTES,
    storage: (address, slot) => world.get(address)?.storage.get(slot) ?? 0n,
  };
}

/** Machines ask only whether there is any storage. */
const SOME_ROOT: Hash = `0x${'11'.repeat(32)}`;
const knownHashes = new WeakMap<Uint8Array, Hash>();

/** The hash of code, once per object. */
export function hashOf(code: Uint8Array): Hash {
  if (code.length === 0) return EMPTY_CODE_HASH;
  let hash = knownHashes.get(code);
  if (hash === undefined) {
    hash = keccakHex(code);
    knownHashes.set(code, hash);
  }
  return hash;
}
