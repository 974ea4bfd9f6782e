// What a transfer costs inside a block, from the decoded transaction to the state root, by part; beside @ethereumjs/vm, with equal roots.

import { beginBlock, type ExecutionEnv } from '../../node/chain/block-execution.ts';
import { createNone } from '../../node/consensus/none.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { createFastKeccak } from '../../node/host/keccak.ts';
import { assert } from '../../node/lib/assert.ts';
import { type Keccak, useKeccak } from '../../node/lib/hashing.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { type Hash, transactionSender } from '../../node/types/transaction.ts';
import { preparePeerBlock } from './ethereumjs-block.ts';
import { cpuMs, median, type Report, rounded } from './report.ts';
import { type TransferCase, transferCases } from './transfer-case.ts';

/** Rounds that count, of ours; the peer takes a second or two for each of its own. */
const ROUNDS = 9;
const WARM_UP = 3;
const PEER_ROUNDS = 3;

/** Measures both blocks. */
export async function measureTransferBlocks(report: Report): Promise<void> {
  await installBackends();
  const machine = createTierOne({
    onRefusal: (error) => {
      throw error;
    },
  });
  const ratios: Record<string, number> = {};
  for (const block of transferCases()) {
    report.note(`${block.name}: preparing …`);
    for (const tx of block.transactions) assert(!isRejection(transactionSender(tx)), 'a sender');
    const own = await measureOwn(block, machine);
    const peerUs = await measurePeer(block, own.root);
    const ratio = rounded(peerUs / own.totalUs);
    ratios[block.name === 'transfers' ? 'transfers_ethereumjs' : 'erc20_ethereumjs'] = ratio;
    report.row({
      name: block.name,
      executionUs: rounded(own.executionUs),
      trieUs: rounded(own.trieUs),
      hashingUs: rounded(own.hashingUs),
      hashes: rounded(own.hashes),
      totalUs: rounded(own.totalUs),
      leastUs: rounded(own.leastUs),
      ethereumjsUs: rounded(peerUs),
      ratio,
    });
  }
  report.finish(ratios);
}

type Own = {
  readonly root: Hash;
  /** Microseconds a transaction; hashing, which is done in both other parts, is counted in it alone. */
  readonly executionUs: number;
  readonly trieUs: number;
  readonly hashingUs: number;
  readonly hashes: number;
  readonly totalUs: number;
  /** Of the fastest round: the machine's other work counts least in it. */
  readonly leastUs: number;
};

async function measureOwn(block: TransferCase, machine: Machine): Promise<Own> {
  const values = new Map(block.writes.map(({ key, value }) => [key, value ?? undefined]));
  const totals: number[] = [];
  let root = block.root;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const { root: reached, executionMs, finishMs } = execute(block, values, machine);
    if (round >= 0) totals.push(executionMs + finishMs);
    assert(round === -WARM_UP || reached === root, 'the same root in every round');
    root = reached;
  }
  const parts = await measureParts(block, values, machine);
  return {
    root,
    ...parts,
    totalUs: perTransaction(block, median(totals)),
    leastUs: perTransaction(block, Math.min(...totals)),
  };
}

/** The parts. What is hashed is written down and hashed once more, alone: a clock around each hash would cost more than the hash. */
async function measureParts(block: TransferCase, values: Values, machine: Machine) {
  const { hash, pad } = await createFastKeccak();
  const during: Uint8Array[] = [];
  const after: Uint8Array[] = [];
  let inputs = during;
  useKeccak(
    (bytes) => {
      inputs.push(bytes.slice());
      return hash(bytes);
    },
    {
      bytes: pad.bytes,
      hash(from, length, target, at) {
        inputs.push(pad.bytes.slice(from, from + length));
        pad.hash(from, length, target, at);
      },
    },
  );
  execute(block, values, machine, () => {
    inputs = after;
  });
  useKeccak(hash, pad);

  const rounds = Array.from({ length: ROUNDS }, () => {
    const { executionMs, finishMs } = execute(block, values, machine);
    return { executionMs, finishMs, duringMs: timeHashes(hash, during), afterMs: timeHashes(hash, after) };
  });
  const of = (figure: (round: (typeof rounds)[number]) => number) => perTransaction(block, median(rounds.map(figure)));
  return {
    executionUs: of(({ executionMs, duringMs }) => executionMs - duringMs),
    trieUs: of(({ finishMs, afterMs }) => finishMs - afterMs),
    hashingUs: of(({ duringMs, afterMs }) => duringMs + afterMs),
    hashes: (during.length + after.length) / block.transactions.length,
  };
}

function timeHashes(hash: Keccak, inputs: readonly Uint8Array[]): number {
  const begin = cpuMs();
  for (const input of inputs) hash(input);
  return cpuMs() - begin;
}

type Values = ReadonlyMap<string, Uint8Array | undefined>;

/** Executes the block on a store of its own, about which nothing is remembered. */
function execute(block: TransferCase, values: Values, machine: Machine, between: () => void = () => {}) {
  const store: StoreReader = { get: (key) => values.get(key) };
  const { config, header, root } = block;
  const env: ExecutionEnv = {
    config,
    engine: createNone(),
    machine,
    store,
    state: createStateView(store, root),
    stateRoot: root,
    blockHash: () => header.parentHash,
  };
  const begin = cpuMs();
  const execution = beginBlock(env, header);
  for (const tx of block.transactions) {
    const outcome = execution.apply(tx);
    if (isRejection(outcome) || outcome.status !== 1) throw new Error('a transfer fails');
  }
  const executionMs = cpuMs() - begin;
  between();
  const middle = cpuMs();
  const executed = execution.finish({ ommers: [], withdrawals: [] });
  const finishMs = cpuMs() - middle;
  assert(!isRejection(executed), 'the block is executed');
  return { root: executed.result.stateRoot, executionMs, finishMs };
}

async function measurePeer(block: TransferCase, root: Hash): Promise<number> {
  const peer = await preparePeerBlock(block);
  const times: number[] = [];
  for (let round = -1; round < PEER_ROUNDS; round++) {
    const begin = cpuMs();
    const reached = await peer.run();
    if (round >= 0) times.push(cpuMs() - begin);
    assert(reached === root, `${block.name}: ${reached} by @ethereumjs/vm, ${root} here`);
  }
  return perTransaction(block, median(times));
}

function perTransaction({ transactions }: TransferCase, ms: number): number {
  return (ms * 1000) / transactions.length;
}
