// One life of a node, from the first step on: its parts, made from whatever the store holds, and how they hear of each other. Start and
// restart are this one path. Which input reaches which part is node.ts's affair.

import { createChain } from '../chain/create-chain.ts';
import { createMempool } from '../chain/mempool.ts';
import { createClique } from '../consensus/clique/engine.ts';
import type { Engine } from '../consensus/engine.ts';
import { createNone } from '../consensus/none.ts';
import { createRandom } from '../lib/random.ts';
import type { Overlay } from '../lib/store.ts';
import { blockHash } from '../types/block.ts';
import type { ChainConfig } from '../types/config.ts';
import { type Attestations, createAttestations } from './attestations.ts';
import { type BlockFlow, blockRef, createBlockFlow } from './block-flow.ts';
import type { Context } from './context.ts';
import { createEvidenceBook, type EvidenceBook } from './evidence.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createHaltWatch, type HaltWatch } from './halt.ts';
import { createHearing, type Hearing } from './hearing.ts';
import { STARTED_HEIGHTS } from './limits.ts';
import type { NodeOptions } from './options.ts';
import { createOutbox } from './outbox.ts';
import { createPeers } from './peers.ts';
import { poolHead } from './pool-head.ts';
import { createProposals, type Proposals } from './proposals.ts';
import { createRequests } from './requests.ts';
import { createRetraces } from './retraces.ts';
import { createSealing, type Sealing } from './sealing.ts';
import { createSync, type Sync } from './sync.ts';
import { createTransactionFlow, type TransactionFlow } from './transaction-flow.ts';
import { createTrust, type Trust } from './trust.ts';

export type Life = {
  readonly context: Context;
  readonly attestations: Attestations;
  readonly blocks: BlockFlow;
  readonly evidence: EvidenceBook;
  readonly exchange: Exchange;
  readonly flow: TransactionFlow;
  readonly halt: HaltWatch;
  readonly hearing: Hearing;
  readonly proposals: Proposals;
  readonly sealing: Sealing;
  readonly sync: Sync;
  readonly trust: Trust;
};

/** Recovers from the store, or writes the genesis into an empty one, and tells where it stands. */
export function beginLife(options: NodeOptions, overlay: Overlay, nowMs: () => number): Life {
  const context = createContext(options, overlay, nowMs);
  const { chain, outbox } = context;
  const self = options.sealer?.address ?? null;

  const hearing = createHearing(context);
  const evidence = createEvidenceBook(context);
  const proposals = createProposals(context);
  const flow = createTransactionFlow(context);
  const blocks = createBlockFlow(context, {
    executed(block, own) {
      attestations.executed({ hash: blockHash(block), number: block.header.number }, own);
    },
    imported: ({ sealer }, source) => trust.imported({ isOwn: sealer === self && source !== 'sealed' }),
    sealSeen: evidence.observe,
    headMoved(change) {
      flow.headMoved(change);
      trust.headMoved();
      sealing.headMoved();
      halt.headMoved();
    },
  });
  const attestations = createAttestations(context, blocks.ownResult);
  const sync = createSync(context, (block, peer) => blocks.take(block, 'sync', peer));
  const { hasHeard } = hearing;
  const trust = createTrust(context, { isBehind: sync.isBehind, hasHeard });
  const sealing = createSealing(context, {
    take: (block) => blocks.take(block, 'sealed', null),
    isBehind: sync.isBehind,
    lag: sync.lag,
    hasHeard,
    isTrusted: trust.isTrusted,
    proposals: proposals.all,
  });
  const halt = createHaltWatch(context, sealing.plan);
  const exchange = createExchange(context, { sync, flow });

  const from = Math.max(0, chain.head().header.number - STARTED_HEIGHTS + 1);
  const hashes = chain.tree().flatMap(({ hash, header }) => (header.number >= from ? [hash] : []));
  const head = blockRef(chain.head());
  outbox.event({ kind: 'started', head, genesis: chain.genesisHash, signer: self, stored: { from, hashes } });
  flow.recover();
  return { context, attestations, blocks, evidence, exchange, flow, halt, hearing, proposals, sealing, sync, trust };
}

function createContext(options: NodeOptions, overlay: Overlay, nowMs: () => number): Context {
  const { genesis, machine, gasLimitTarget } = options;
  const chain = createChain({
    genesis,
    engine: createEngine(genesis.config),
    machine,
    overlay,
    gasLimitTarget,
    random: createRandom(options.seed).fork('sealing'),
  });
  const outbox = createOutbox();
  const pool = createMempool(genesis.config, poolHead({ chain }));
  return {
    options,
    overlay,
    chain,
    pool,
    outbox,
    peers: createPeers(options.nodes),
    requests: createRequests(outbox),
    retraces: createRetraces(chain, overlay, nowMs),
    nowMs,
  };
}

function createEngine({ clique }: ChainConfig): Engine {
  return clique === null ? createNone() : createClique(clique);
}
