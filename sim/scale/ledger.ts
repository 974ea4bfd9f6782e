// The blocks of a large network, all branches: built, signed, encoded, decoded, judged and executed by the very code of a node, once for
// each distinct machine instead of once for each node. Blocks have small integer ids in the order of their making; 0 is the genesis.

import type { ExecutionEnv } from '../../node/chain/block-execution.ts';
import type { BlockResult } from '../../node/chain/block-result.ts';
import { buildBlock } from '../../node/chain/build-block.ts';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { compareResult, executeBlock } from '../../node/chain/execute-block.ts';
import { createGenesisBlock, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { validateBody } from '../../node/chain/validate-body.ts';
import { type Parent, validateHeader } from '../../node/chain/validate-header.ts';
import { type AuthorityKey, DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import type { SealingPlan } from '../../node/consensus/engine.ts';
import { decodeBlockMessage, encodeBlockMessage } from '../../node/core/wire/blocks.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { EMPTY_BYTES } from '../../node/lib/bytes.ts';
import type { Random } from '../../node/lib/random.ts';
import { signDigest } from '../../node/lib/signatures.ts';
import type { Write } from '../../node/lib/store.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { type Block, blockHash } from '../../node/types/block.ts';
import { isRejection } from '../../node/types/rejection.ts';
import type { Hash } from '../../node/types/transaction.ts';
import { createTransfers } from './transfers.ts';

export type LedgerOptions = {
  readonly authorities: readonly AuthorityKey[];
  /** Seconds. */
  readonly period: number;
  /** The distinct machines; a node has one of them. */
  readonly machines: readonly Machine[];
  /** Transfers in a block. */
  readonly transfers: number;
};

/** A block that was made, and what each machine says of it. */
export type LedgerBlock = {
  readonly id: number;
  readonly number: number;
  /** The parent's id. */
  readonly parent: number;
  readonly hash: Hash;
  /** As it is gossiped; no bytes for the genesis, which nobody sends. */
  readonly message: Uint8Array;
  readonly transfers: number;
  /** By machine: what it computed; null where it did not come so far. */
  readonly results: readonly (BlockResult | null)[];
  /** By machine: whether a node with it takes the block. */
  readonly accepted: readonly boolean[];
};

export type Ledger = {
  readonly genesisHash: Hash;
  /** When and how an authority may seal a child of a block. */
  readonly plan: (id: number, authority: number, random: Random) => SealingPlan;
  /** Makes an authority's block with a machine and lets every machine judge it. `timestamp` in seconds. */
  readonly seal: (request: {
    readonly parent: number;
    readonly authority: number;
    readonly machine: number;
    readonly timestamp: number;
  }) => LedgerBlock;
  readonly block: (id: number) => LedgerBlock;
  /** Fork choice: negative where `a` wins. */
  readonly compare: (a: number, b: number) => number;
  readonly count: () => number;
};

type Kept = { readonly block: Block; readonly said: LedgerBlock; readonly chain: Parent };

/** Creates the ledger with its genesis. Asserts what a node would refuse: the options are ours. */
export function createLedger({ authorities, period, machines, transfers }: LedgerOptions): Ledger {
  const signers = authorities.map(({ signer }) => signer);
  const accounts = DEVELOPMENT_ACCOUNTS.map(({ address }) => address);
  const genesis = parseGenesis(createDefaultGenesis({ signers, period, accounts }));
  assert(!isGenesisProblem(genesis) && genesis.config.clique !== null, 'a default genesis is one');
  const { config } = genesis;
  const engine = createClique(present(config.clique, 'clique'));
  const transfersAt = createTransfers(config.chainId, transfers);
  const values = new Map<string, Uint8Array>();
  const store = { get: (key: string): Uint8Array | undefined => values.get(key) };
  const start = createGenesisBlock(genesis);
  write(start.writes);
  const genesisHash = blockHash(start.block);
  const snapshot = engine.genesisSnapshot(start.block.header);
  assert(!isRejection(snapshot), 'the engine takes its genesis');

  const kept: Kept[] = [
    {
      block: start.block,
      said: {
        id: 0,
        number: 0,
        parent: 0,
        hash: genesisHash,
        message: EMPTY_BYTES,
        transfers: 0,
        results: machines.map(() => null),
        accepted: machines.map(() => true),
      },
      chain: { header: start.block.header, snapshot, totalDifficulty: genesis.difficulty },
    },
  ];
  const at = (id: number): Kept => present(kept[id], `no block ${id}`);

  function write(writes: readonly Write[]): void {
    for (const { key, value } of writes) if (value !== null) values.set(key, value);
  }

  function hashOf(id: number, number: number): Hash {
    let said = at(id).said;
    while (said.number > number) said = at(said.parent).said;
    return said.hash;
  }

  function envOn(parent: number, machine: Machine): ExecutionEnv {
    const { stateRoot } = at(parent).block.header;
    const state = createStateView(store, stateRoot);
    return { config, engine, machine, store, state, stateRoot, blockHash: (number) => hashOf(parent, number) };
  }

  /** What a node with the machine does with the block, as createChain's importBlock does it. */
  function judge(block: Block, parent: number, machine: Machine): { result: BlockResult | null; accepted: boolean } {
    const wrong = validateHeader({ config, engine }, block.header, at(parent).chain) ?? validateBody(config, block);
    if (wrong !== null) return { result: null, accepted: false };
    const executed = executeBlock(envOn(parent, machine), block);
    if (isRejection(executed)) return { result: null, accepted: false };
    const accepted = compareResult(block.header, executed.result) === null;
    if (accepted) write(executed.writes);
    return { result: executed.result, accepted };
  }

  return {
    genesisHash,
    plan(id, authority, random) {
      const { header, snapshot: after } = at(id).chain;
      return engine.plan(header, after, present(signers[authority], `no authority ${authority}`), random);
    },
    seal({ parent, authority, machine, timestamp }) {
      const { chain } = at(parent);
      const { signer, sealerKey } = present(authorities[authority], `no authority ${authority}`);
      const own = present(machines[machine], `no machine ${machine}`);
      const number = chain.header.number + 1;
      const built = buildBlock(envOn(parent, own), chain, {
        signer,
        sign: (digest) => signDigest(digest, sealerKey),
        timestamp,
        proposals: [],
        candidates: transfersAt(number),
        gasLimitTarget: genesis.gasLimit,
      });
      assert(built.leftOut.length === 0, `a transfer of ours is left out: ${built.leftOut[0]?.rejection.message}`);
      const message = encodeBlockMessage(built.block);
      const block = decodeBlockMessage(message);
      assert(!isRejection(block), 'a block of ours decodes');
      const judged = machines.map((each) => judge(block, parent, each));
      const said: LedgerBlock = {
        id: kept.length,
        number,
        parent,
        hash: blockHash(block),
        message,
        transfers: block.transactions.length,
        results: judged.map(({ result }) => result),
        accepted: judged.map(({ accepted }) => accepted),
      };
      const { header } = block;
      kept.push({
        block,
        said,
        chain: {
          header,
          snapshot: engine.apply(chain.snapshot, header),
          totalDifficulty: chain.totalDifficulty + header.difficulty,
        },
      });
      return said;
    },
    block: (id) => at(id).said,
    compare(a, b) {
      const [tipA, tipB] = [tipOf(a), tipOf(b)];
      return engine.compareTips(tipA, tipB);
    },
    count: () => kept.length,
  };

  function tipOf(id: number) {
    const { said, chain } = at(id);
    const parentSnapshot = at(said.parent).chain.snapshot;
    return { header: chain.header, hash: said.hash, totalDifficulty: chain.totalDifficulty, parentSnapshot };
  }
}
