// A chain executed once more, from its genesis, by a machine and over a store that have seen nothing else: no branches, no restarts, no
// caches. The machine is tier 0, whatever the nodes run.

import { beginBlock } from '../../node/chain/block-execution.ts';
import { createGenesisBlock, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { alterOpcode } from '../../node/evm/opcode.ts';
import { present } from '../../node/lib/assert.ts';
import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import type { Write } from '../../node/lib/store.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { decodeBlock } from '../../node/types/block.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { type ReadNode, supplyReader } from './supply.ts';

/** What the replay computed for a block. */
export type Replayed = {
  readonly kind: 'replayed';
  readonly stateRoot: Hex;
  readonly receiptsRoot: Hex;
  readonly gasUsed: number;
  readonly logsBloom: Hex;
  /** All balances of the state together, in wei. */
  readonly supply: bigint;
  /** The same before the block. */
  readonly supplyBefore: bigint;
  /** Whether a contract destroyed itself: what it sent to itself is burned (EIP-6780). */
  readonly hasDestruction: boolean;
};

/** A block that cannot be executed: its parent could not either, or a transaction is not valid in its place. */
export type NotReplayed = { readonly kind: 'not-replayed'; readonly why: string };

/** Executes blocks whose parents were executed before; each one once, whoever asks. */
export type Replay = {
  readonly genesisHash: Hex;
  readonly block: (hash: Hex, rlp: Hex) => Replayed | NotReplayed;
};

type Placed = { readonly number: number; readonly parentHash: Hex; readonly stateRoot: Hex };

/** The replay of the network with these facts. */
export type ReplayOf = (facts: { readonly genesis: unknown; readonly genesisHash: Hex }) => Replay;

/** Replays on a machine of one's own, which calls `onDestruction` where a contract destroys itself. Properties that look at one replay share its work. */
export function replaysOn(createMachine: (onDestruction: () => void) => Machine): ReplayOf {
  const replays = new WeakMap<object, Replay>();
  return (facts) => {
    const known = replays.get(facts);
    if (known !== undefined) return known;
    const made = createReplay(facts.genesis, facts.genesisHash, createMachine);
    replays.set(facts, made);
    return made;
  };
}

/** The replay on tier 0. */
export const replayOf: ReplayOf = replaysOn((onDestruction) =>
  createInterpreter({
    opcodes: (table) =>
      alterOpcode(table, 'SELFDESTRUCT', ({ run }) => ({
        run(frame) {
          onDestruction();
          run(frame);
        },
      })),
  }),
);

function createReplay(
  genesisFile: unknown,
  genesisHash: Hex,
  createMachine: (onDestruction: () => void) => Machine,
): Replay {
  const genesis = parseGenesis(genesisFile);
  if (isGenesisProblem(genesis) || genesis.config.clique === null)
    return { genesisHash, block: () => ({ kind: 'not-replayed', why: 'no genesis of Clique' }) };
  const { config } = genesis;

  const values = new Map<string, Uint8Array>();
  const store = { get: (key: string): Uint8Array | undefined => values.get(key) };
  const write = (writes: readonly Write[]): void => {
    for (const { key, value } of writes) if (value !== null) values.set(key, value);
  };
  let hasDestruction = false;
  const machine = createMachine(() => {
    hasDestruction = true;
  });
  const readNode: ReadNode = (hash) => present(values.get(`t/${hash.slice(2)}`), `trie node ${hash}`);
  const supplyOf = supplyReader(readNode);
  const engine = createClique(genesis.config.clique);
  const start = createGenesisBlock(genesis);
  write(start.writes);
  const placed = new Map<Hex, Placed>([
    [genesisHash, { number: 0, parentHash: genesisHash, stateRoot: start.block.header.stateRoot }],
  ]);
  const results = new Map<Hex, Replayed | NotReplayed>();

  const ancestorOf =
    (parentHash: Hex) =>
    (number: number): Hex => {
      let hash = parentHash;
      for (let at = placed.get(hash); at !== undefined && at.number > number; at = placed.get(hash))
        hash = at.parentHash;
      return hash;
    };

  function execute(hash: Hex, rlp: Hex): Replayed | NotReplayed {
    const block = decodeBlock(hexToBytes(rlp));
    if (isRejection(block)) return { kind: 'not-replayed', why: block.message };
    const { header } = block;
    const parent = placed.get(header.parentHash);
    if (parent === undefined) return { kind: 'not-replayed', why: `its parent ${header.parentHash} was not executed` };
    const { stateRoot } = parent;
    const state = createStateView(store, stateRoot);
    const blockHash = ancestorOf(header.parentHash);
    hasDestruction = false;
    const execution = beginBlock({ config, engine, machine, store, state, stateRoot, blockHash }, header);
    for (const [index, tx] of block.transactions.entries()) {
      const outcome = execution.apply(tx);
      if (isRejection(outcome)) return { kind: 'not-replayed', why: `transaction ${index}: ${outcome.message}` };
    }
    const executed = execution.finish({ ommers: block.ommers, withdrawals: block.withdrawals ?? [] });
    if (isRejection(executed)) return { kind: 'not-replayed', why: executed.message };
    write(executed.writes);
    const { result } = executed;
    placed.set(hash, { number: header.number, parentHash: header.parentHash, stateRoot: result.stateRoot });
    return {
      kind: 'replayed',
      stateRoot: result.stateRoot,
      receiptsRoot: result.receiptsRoot,
      gasUsed: result.gasUsed,
      logsBloom: result.logsBloom,
      supply: supplyOf(result.stateRoot),
      supplyBefore: supplyOf(stateRoot),
      hasDestruction,
    };
  }

  return {
    genesisHash,
    block(hash, rlp) {
      let result = results.get(hash);
      if (result === undefined) {
        result = execute(hash, rlp);
        results.set(hash, result);
      }
      return result;
    },
  };
}
