// A state on the disk in which programs are executed as imported blocks are: transaction, receipts, bloom, state root. Time is processor time
// of the thread that works, so that what else the machine does counts less.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginBlock, blockContext, type ExecutionEnv } from '../../node/chain/block-execution.ts';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { createGenesisBlock, type Genesis, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { simulateCall } from '../../node/chain/transition.ts';
import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { type HostStore, openStore } from '../../node/host/store.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { EMPTY_BYTES, hexToBytes, wordToAddress } from '../../node/lib/bytes.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import { CALL_GAS_MAX, CALL_STEPS_MAX } from '../../node/rpc/limits.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import { createJournal } from '../../node/state/journal.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { blockHash } from '../../node/types/block.ts';
import { forkAt } from '../../node/types/config.ts';
import type { Header } from '../../node/types/header.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { type Address, signTransaction, type Transaction, transactionSender } from '../../node/types/transaction.ts';
import { account, codeOf, type Program, SLOTS, surroundings } from './dos-programs.ts';
import { cpuMs, rounded } from './report.ts';

/** A chain of one block, the genesis, with all programs in its state. */
export type Site = {
  readonly genesis: Genesis;
  readonly genesisHeader: Header;
  readonly genesisHash: `0x${string}`;
  readonly store: HostStore;
  /** Clears the disk. */
  readonly close: () => Promise<void>;
};

/** Writes a state with so many plain accounts beside the programs and what they call. */
export async function openSite(programs: readonly Program[], accounts: number): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  const genesis = makeGenesis(programs, accounts);
  const { block, writes } = createGenesisBlock(genesis);
  const store = await openStore(join(folder, 'db'), blockHash(block));
  await store.persist(writes);
  return {
    genesis,
    genesisHeader: block.header,
    genesisHash: blockHash(block),
    store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The transaction that calls a program with so much gas; its sender is known, as it is to a node before a block comes. */
export function callOf(site: Site, index: number, gas: number): Transaction {
  const sender = present(DEVELOPMENT_ACCOUNTS[0], 'a development account');
  const tx = signTransaction(
    {
      type: 2,
      chainId: site.genesis.config.chainId,
      nonce: 0n,
      to: programAddress(index),
      value: 0n,
      gasLimit: gas,
      data: EMPTY_BYTES,
      accessList: [],
      maxFeePerGas: 10n ** 12n,
      maxPriorityFeePerGas: 0n,
    },
    hexToBytes(sender.privateKey),
  );
  assert(transactionSender(tx) === sender.address, 'the sender is known before the clock starts');

  return tx;
}

/** Executes a block with that transaction, and says what the gas of the block counts: refunds are taken off. */
export function executeBlock(site: Site, machine: Machine, tx: Transaction): number {
  const { header, ...env } = environment(site, machine);
  const execution = beginBlock(env, header);
  const outcome = execution.apply(tx);
  const executed = execution.finish({ ommers: [], withdrawals: [] });
  assert(!isRejection(outcome) && !isRejection(executed), `the call of ${tx.to} was refused`);
  assert(outcome.status === 1, `the call of ${tx.to} ended with ${outcome.halt}`);
  return Number(outcome.gasUsed);
}

/** One eth_call with all the gas and all the steps that it may have. */
export function measureCall(
  site: Site,
  machine: Machine,
  index: number,
): { readonly seconds: number; readonly ended: string } {
  const { header, ...env } = environment(site, machine);
  const { fork, blobs } = forkAt(env.config, header.number, header.timestamp);
  const beganMs = cpuMs();
  const outcome = simulateCall(
    {
      fork,
      blobs,
      chainId: env.config.chainId,
      machine: env.machine,
      journal: createJournal(env.state),
      block: blockContext(env, header),
      gasAvailable: CALL_GAS_MAX,
      blobGasAvailable: 0,
      stepBudget: CALL_STEPS_MAX,
    },
    {
      from: programAddress(index),
      to: programAddress(index),
      value: 0n,
      data: EMPTY_BYTES,
      gas: CALL_GAS_MAX,
      gasPrice: 0n,
      accessList: [],
      blobVersionedHashes: [],
      authorizationList: [],
    },
  );
  assert(!isRejection(outcome), `call of program ${index} was refused`);
  return { seconds: rounded((cpuMs() - beganMs) / 1000), ended: outcome.halt ?? 'gas used up' };
}

function environment(
  { genesis, genesisHeader, genesisHash, store }: Site,
  machine: Machine,
): ExecutionEnv & { header: Header } {
  const { config } = genesis;
  const unread: StoreReader = { get: store.get }; // what was read from a store is remembered with it, and a worst case was not read yet
  return {
    config,
    engine: createClique(present(config.clique, 'a genesis with clique')),
    machine,
    store: unread,
    state: createStateView(unread, genesisHeader.stateRoot),
    stateRoot: genesisHeader.stateRoot,
    blockHash: () => genesisHash,
    header: { ...genesisHeader, number: 1, timestamp: 1, parentHash: genesisHash },
  };
}

function makeGenesis(all: readonly Program[], accounts: number): Genesis {
  const genesis = parseGenesis(
    createDefaultGenesis({
      signers: [present(DEVELOPMENT_ACCOUNTS[1], 'a second account').address],
      period: 1,
      accounts: DEVELOPMENT_ACCOUNTS.map(({ address }) => address),
      gasLimit: 30_000_000,
    }),
  );
  assert(!isGenesisProblem(genesis), 'the default genesis is read');
  const slots = new Map(Array.from({ length: SLOTS }, (_, i) => [BigInt(i), BigInt(i) + 1n] as const));
  const alloc = new Map<Address, AllocAccount>([...genesis.alloc, ...surroundings(accounts)]);
  for (const [index, program] of all.entries()) {
    const storage = program.hasSlots === true ? slots : new Map<bigint, bigint>();
    const code = codeOf(program, memoryAddress(index));
    alloc.set(programAddress(index), account({ code, storage, balance: 10n ** 18n }));
    if (program.memory !== undefined) alloc.set(memoryAddress(index), account({ code: program.memory }));
  }
  return { ...genesis, alloc };
}

function programAddress(index: number): Address {
  return wordToAddress((0xbe00n << 128n) + BigInt(index));
}

function memoryAddress(index: number): Address {
  return wordToAddress((0xda00n << 128n) + BigInt(index));
}
