// What a block costs at worst: every program fills one block, which is executed as an imported one is (transaction, receipts, bloom, state
// root) over a database on the disk. The genesis gas limit is what the slowest executes in half a period.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginBlock, blockContext, type ExecutionEnv } from '../../node/chain/block-execution.ts';
import { createDefaultGenesis, DEFAULT_GAS_LIMIT } from '../../node/chain/default-genesis.ts';
import { createGenesisBlock, type Genesis, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { simulateCall } from '../../node/chain/transition.ts';
import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { installBackends } from '../../node/host/backends.ts';
import { type HostStore, openStore } from '../../node/host/store.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { EMPTY_BYTES, hexToBytes, wordToAddress } from '../../node/lib/bytes.ts';
import { CALL_GAS_MAX, CALL_STEPS_MAX } from '../../node/rpc/limits.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import { createJournal } from '../../node/state/journal.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { blockHash } from '../../node/types/block.ts';
import { forkAt } from '../../node/types/config.ts';
import type { Header } from '../../node/types/header.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { type Address, signTransaction, transactionSender } from '../../node/types/transaction.ts';
import { cpuMs, median, type Report, rounded } from './report.ts';
import { account, codeOf, type Program, programs, SLOTS, surroundings } from './worst-case-programs.ts';

/** Of one program's block: enough for some thousand cold slots, little enough that the slowest program ends soon. */
const BLOCK_GAS = 4_000_000;
/** Executions of which the median counts, after one that warms up; fewer where they are slow, and the slow ones vary least. */
const ROUNDS = 3;
const ROUNDS_MS_MAX = 2_000;
/** The default period is 1 s. */
const HALF_PERIOD_MS = 500;

/** Measures all programs, and says what half a period executes of the slowest, by kind. */
export async function measureWorstCase(report: Report): Promise<void> {
  await installBackends();
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  const all = programs();
  report.note(`preparing a state for ${all.length} programs …`);
  const genesis = makeGenesis(all);
  const { block, writes } = createGenesisBlock(genesis);
  const store = await openStore(join(folder, 'db'), blockHash(block));
  try {
    await store.persist(writes);
    const site: Site = { genesis, genesisHeader: block.header, genesisHash: blockHash(block), store };
    const results = all.map((program, index) => {
      const result = measure(site, program, index);
      report.row({ name: program.name, kind: program.kind, ...result });
      return { ...program, ...result };
    });
    for (const kind of ['opcodes', 'calls', 'precompiles', 'slow precompiles'] as const) {
      const index = results.indexOf(worstOf(results, [kind]));
      report.row({ name: `eth_call of ${CALL_GAS_MAX / 1e6} Mgas: ${all[index]?.name}`, ...measureCall(site, index) });
    }
    summarise(report, results);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Site = {
  readonly genesis: Genesis;
  readonly genesisHeader: Header;
  readonly genesisHash: `0x${string}`;
  readonly store: HostStore;
};

type Figures = { readonly msPerMgas: number; readonly gasUsed: number };

function measure(site: Site, program: Program, index: number): Figures {
  execute(site, index);
  const times: number[] = [];
  let gasUsed = 0;
  for (let spentMs = 0; times.length < ROUNDS && spentMs < ROUNDS_MS_MAX; ) {
    const round = execute(site, index);
    times.push(round.ms);
    spentMs += round.ms;
    gasUsed = round.gasUsed;
  }
  const ms = median(times);
  assert(gasUsed > BLOCK_GAS / 4, `${program.name} used ${gasUsed} gas only`);
  return { msPerMgas: rounded((ms / gasUsed) * 1e6), gasUsed };
}

function environment({ genesis, genesisHeader, genesisHash, store }: Site): ExecutionEnv & { header: Header } {
  const { config } = genesis;
  return {
    config,
    engine: createClique(present(config.clique, 'a genesis with clique')),
    machine: createInterpreter(),
    store,
    state: createStateView(store, genesisHeader.stateRoot),
    stateRoot: genesisHeader.stateRoot,
    blockHash: () => genesisHash,
    header: { ...genesisHeader, number: 1, timestamp: 1, parentHash: genesisHash },
  };
}

/** One eth_call with all the gas and all the steps that it may have. */
function measureCall(site: Site, index: number): { readonly seconds: number; readonly ended: string } {
  const { header, ...env } = environment(site);
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

/** Executes a block with one transaction, the program's, and counts what the gas of the block counts. */
function execute(site: Site, index: number): { ms: number; gasUsed: number } {
  const { header, ...env } = environment(site);
  const { config } = env;
  const sender = present(DEVELOPMENT_ACCOUNTS[0], 'a development account');
  const tx = signTransaction(
    {
      type: 2,
      chainId: config.chainId,
      nonce: 0n,
      to: programAddress(index),
      value: 0n,
      gasLimit: BLOCK_GAS,
      data: EMPTY_BYTES,
      accessList: [],
      maxFeePerGas: 10n ** 12n,
      maxPriorityFeePerGas: 0n,
    },
    hexToBytes(sender.privateKey),
  );
  assert(transactionSender(tx) === sender.address, 'the sender is known before the clock starts');

  const beganMs = cpuMs();
  const execution = beginBlock(env, header);
  const outcome = execution.apply(tx);
  const executed = execution.finish({ ommers: [], withdrawals: [] });
  const ms = cpuMs() - beganMs;
  assert(!isRejection(outcome) && !isRejection(executed), `program ${index} was refused`);
  assert(outcome.status === 1, `program ${index} ended with ${outcome.halt}`);
  return { ms, gasUsed: Number(outcome.gasUsed) };
}

function makeGenesis(all: readonly Program[]): Genesis {
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
  const alloc = new Map<Address, AllocAccount>([...genesis.alloc, ...surroundings()]);
  for (const [index, program] of all.entries()) {
    const storage = program.kind === 'state' ? slots : new Map<bigint, bigint>();
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

type Result = Program & Figures;

function worstOf(results: readonly Result[], kinds: readonly Program['kind'][]): Result {
  const sorted = [...results].sort((a, b) => b.msPerMgas - a.msPerMgas);
  return present(
    sorted.find(({ kind }) => kinds.includes(kind)),
    'a program of every kind',
  );
}

function summarise(report: Report, results: readonly Result[]): void {
  const code = worstOf(results, ['opcodes', 'state', 'calls']);
  const ordinary = worstOf(results, ['opcodes', 'state', 'calls', 'precompiles']);
  const slow = worstOf(results, ['slow precompiles']);
  const halfPeriodMgas = ({ msPerMgas }: Figures): number => rounded(HALF_PERIOD_MS / msPerMgas);
  const rowOf = (name: string, result: Result): void =>
    report.row({ name, program: result.name, halfPeriodMgas: halfPeriodMgas(result) });
  rowOf('worst code', code);
  rowOf('worst without slow precompiles', ordinary);
  rowOf('worst', slow);
  report.finish({
    halfPeriodMgasOfCode: halfPeriodMgas(code),
    halfPeriodMgasWithoutSlowPrecompiles: halfPeriodMgas(ordinary),
    halfPeriodMgas: halfPeriodMgas(slow),
    genesisMgas: DEFAULT_GAS_LIMIT / 1e6,
  });
}
