// One official state test: a pre-state, a block's context, one transaction, and the root and logs that must come out.

import { blobBaseFee, blobGasLimit } from '../../node/chain/fees.ts';
import { applyTransaction, type TransactionOutcome } from '../../node/chain/transition.ts';
import type { BlockContext, Hooks, Machine } from '../../node/evm/machine.ts';
import { bytesToHex, type Hex, hexToBytes, utf8ToBytes, wordToHex } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { encodeRlp } from '../../node/lib/rlp.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import { toWide } from '../../node/lib/wide.ts';
import { type AllocAccount, createStateFromAlloc } from '../../node/state/alloc.ts';
import { commitState } from '../../node/state/commit.ts';
import { createJournal, type Journal } from '../../node/state/journal.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import type { StateView } from '../../node/state/view.ts';
import { type BlobSchedule, includesFork } from '../../node/types/config.ts';
import { logToItem } from '../../node/types/receipt.ts';
import { isRejection, type Rejection } from '../../node/types/rejection.ts';
import { type Address, decodeTransaction, type Hash, transactionSender } from '../../node/types/transaction.ts';
import { difference } from './case.ts';
import { judgeReason } from './exceptions.ts';
import { blobsNamed, forkNamed, type ScheduleText } from './forks.ts';
import { type SignedTransaction, type TransactionFields, transactionOfFields } from './transaction-fields.ts';

type PackedAccount = {
  readonly nonce: string;
  readonly balance: string;
  readonly code: string;
  readonly storage: Readonly<Record<string, string>>;
};
type PackedState = Readonly<Record<string, PackedAccount>>;

/** A line of a state pack, as far as it is read here. */
export type StateLine = {
  readonly id: string;
  readonly fork: string;
  readonly test: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly pre: PackedState;
    readonly transaction?: TransactionFields;
    readonly post: Readonly<Record<string, readonly StateEntry[]>>;
    readonly config?: {
      readonly chainid?: string;
      readonly blobSchedule?: ScheduleText;
    };
  };
};

type StateEntry = {
  readonly hash: string;
  readonly logs: string;
  readonly txbytes?: string;
  readonly state?: PackedState;
  readonly expectException?: string;
};

/** What became of a case: what is wrong, the rejection where the transaction was refused, and the root of the state behind it. */
export type StateVerdict = {
  readonly wrong: string | null;
  readonly refusal: Rejection | null;
  readonly unnamedReason: string | null;
  readonly root: Hash;
};

/** Runs a case on a machine, which the hooks watch. Whether its fork is known is asked before. */
export function runStateCase(machine: Machine, line: StateLine, hooks: Hooks | null = null): StateVerdict {
  const { test } = line;
  const entry = test.post[line.fork]?.[0];
  if (entry === undefined) throw new Error(`no result for ${line.fork}`);

  const before = createStateFromAlloc(allocOf(test.pre));
  const store = new Map<string, Uint8Array>();
  for (const { key, value } of before.writes) if (value !== null) store.set(key, value);
  const reader: StoreReader = { get: (key) => store.get(key) };
  const journal = createJournal(createStateView(reader, before.root));

  const result = execute(machine, line, entry, journal, hooks);
  const refusal = isRejection(result) ? result : null;
  const after = commitState(reader, before.root, journal.diff());
  const { expectException } = entry;
  const reason = refusal !== null && expectException !== undefined ? judgeReason(expectException, refusal) : 'right';
  const end = (wrong: string | null): StateVerdict => ({
    wrong,
    refusal,
    unnamedReason: reason === 'unnamed' ? `${expectException} (${refusal?.code})` : null,
    root: after.root,
  });
  if (expectException !== undefined && refusal === null)
    return end(`expected a refusal (${expectException}), but the transaction was executed`);
  if (expectException === undefined && refusal !== null) return end(`refused: ${refusal.code} (${refusal.message})`);
  if (reason === 'wrong') return end(`expected ${expectException}, got ${refusal?.code} (${refusal?.message})`);

  const outcome = isRejection(result) ? null : result;
  const logs = difference('logs hash', entry.logs, keccakHex(encodeRlp((outcome?.logs ?? []).map(logToItem))));
  if (after.root === entry.hash) return end(logs);
  for (const { key, value } of after.writes) if (value !== null) store.set(key, value);
  const detail = entry.state && firstDifference(entry.state, createStateView(reader, after.root), journal);
  const roots = `state root: expected ${entry.hash}, got ${after.root}`;
  const gas = outcome === null ? '' : `; gas used here ${outcome.gasUsed}`;
  return end(`${detail ?? roots}${logs === null ? '' : `; ${logs}`}${gas}`);
}

function execute(
  machine: Machine,
  line: StateLine,
  entry: StateEntry,
  journal: Journal,
  hooks: Hooks | null,
): TransactionOutcome | Rejection {
  const signed = readTransaction(entry, line.test.transaction);
  if (isRejection(signed)) return signed;
  const { tx, sender } = signed;
  const blobs = blobsNamed(line.fork, line.test.config?.blobSchedule ?? {});
  const block = blockOf(line, blobs);
  return applyTransaction(
    {
      machine,
      journal,
      block,
      blobs,
      fork: forkNamed(line.fork),
      chainId: block.chainId,
      gasAvailable: block.gasLimit,
      blobGasAvailable: blobGasLimit(blobs),
      stepBudget: null,
      ...(hooks !== null && { hooks }),
    },
    tx,
    sender,
  );
}

function readTransaction(
  { txbytes }: StateEntry,
  fields: TransactionFields | undefined,
): SignedTransaction | Rejection {
  if (txbytes === undefined && fields === undefined) throw new Error('no transaction');
  if (txbytes === undefined) return transactionOfFields(fields as TransactionFields); // looked at above
  const tx = decodeTransaction(hexToBytes(txbytes));
  if (isRejection(tx)) return tx;
  const sender = transactionSender(tx);
  return isRejection(sender) ? sender : { tx, sender };
}

/** Where a test of London or later names no base fee, go-ethereum takes this one. */
const BASE_FEE_DEFAULT = 10n;

function blockOf({ fork, test }: StateLine, blobs: BlobSchedule): BlockContext {
  const { env } = test;
  const baseFee = env['currentBaseFee'];
  return {
    number: Number(env['currentNumber']),
    timestamp: toWide(BigInt(env['currentTimestamp'] ?? '0x0')),
    coinbase: String(env['currentCoinbase']).toLowerCase() as Address,
    prevRandao: wordToHex(BigInt(env['currentRandom'] ?? '0x0')),
    difficulty: BigInt(env['currentDifficulty'] ?? '0x0'),
    gasLimit: toWide(BigInt(env['currentGasLimit'] ?? '0x0')),
    baseFee:
      baseFee === undefined ? (includesFork(forkNamed(fork), 'London') ? BASE_FEE_DEFAULT : 0n) : BigInt(baseFee),
    blobBaseFee: blobBaseFee(Number(env['currentExcessBlobGas'] ?? '0x0'), blobs),
    chainId: BigInt(test.config?.chainid ?? '0x1'),
    blockHash: (number: number): Hash => keccakHex(utf8ToBytes(String(number))),
  };
}

function allocOf(state: PackedState): ReadonlyMap<Address, AllocAccount> {
  return new Map(
    Object.entries(state).map(([address, { nonce, balance, code, storage }]) => [
      address.toLowerCase() as Address,
      {
        nonce: BigInt(nonce),
        balance: BigInt(balance),
        code: hexToBytes(code),
        storage: storageOf(storage),
      },
    ]),
  );
}

function storageOf(storage: PackedAccount['storage']): ReadonlyMap<bigint, bigint> {
  return new Map(Object.entries(storage).map(([slot, value]) => [BigInt(slot), BigInt(value)]));
}

/** The first account and field that is not as expected. */
function firstDifference(expected: PackedState, actual: StateView, journal: Journal): string | null {
  const differences: string[] = [];
  for (const [address, account] of Object.entries(expected)) {
    const changed = journal.diff().get(address as Address)?.storage ?? new Map<bigint, bigint>();
    differences.push(...accountDifferences(address as Address, account, actual, changed));
  }
  for (const address of journal.diff().keys()) {
    if (expected[address] === undefined && actual.account(address) !== null)
      differences.push(`${address}: expected no account, got ${describe(actual, address)}`);
  }
  const [first, ...others] = differences;
  if (first === undefined) return null;
  return others.length === 0 ? first : `${first} (and ${others.length} more: ${others.slice(0, 3).join('; ')})`;
}

function accountDifferences(
  address: Address,
  expected: PackedAccount,
  actual: StateView,
  changed: ReadonlyMap<bigint, bigint>,
): string[] {
  const account = actual.account(address);
  if (account === null) return [`${address}: expected an account, got none`];
  const found: (string | null)[] = [
    difference(`${address} nonce`, String(BigInt(expected.nonce)), String(account.nonce)),
    difference(`${address} balance`, String(BigInt(expected.balance)), String(account.balance)),
    difference(`${address} code`, brief(expected.code as Hex), brief(bytesToHex(actual.code(account.codeHash)))),
  ];
  const slots = storageOf(expected.storage);
  for (const slot of new Set([...slots.keys(), ...changed.keys()]))
    found.push(
      difference(
        `${address} slot 0x${slot.toString(16)}`,
        `0x${(slots.get(slot) ?? 0n).toString(16)}`,
        `0x${actual.storage(address, slot).toString(16)}`,
      ),
    );
  return found.filter((line) => line !== null);
}

function describe(state: StateView, address: Address): string {
  const account = state.account(address);
  return account === null ? 'none' : `nonce ${account.nonce}, balance ${account.balance}`;
}

function brief(code: Hex): string {
  return code.length <= 66 ? code : `${code.length / 2 - 1} bytes with hash ${keccakHex(hexToBytes(code))}`;
}
