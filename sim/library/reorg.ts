// A reorganisation made to measure: the depth that a test wants, with its transactions on each branch. Sealing stops at one common block,
// the network is cut, each side seals as many blocks as it shall and no more, and the lighter one gives way when the cut heals.

import type { NodeEvent } from '../../node/core/events.ts';
import type { Observation } from '../check/property.ts';
import { type Cluster, RpcError } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import type { Head } from '../cluster/heads.ts';
import { ScenarioFailure, type Stage } from '../cluster/scenario.ts';
import type { NodeName } from '../kernel/links.ts';
import { signCall, type TransactionWish } from './sign.ts';

/** The transactions of the branch that is undone, and of the one that stays: signed ones, or what a development account shall send. */
export type Branches = readonly [readonly TransactionWish[], readonly TransactionWish[]];

export type ReorgOptions = {
  /** How many blocks are undone, 1 to 64. */
  readonly depth: number;
  readonly branches?: Branches;
  /** Called while both branches stand and no side hears of the other: here a test sees the branch that will be undone. */
  readonly beforeHealing?: () => Promise<void> | void;
};

/** What was made. */
export type Reorganisation = {
  readonly depth: number;
  /** The last block that both branches have. */
  readonly common: Head;
  /** Who saw it: the nodes of the branch that was undone. */
  readonly nodes: readonly NodeName[];
  /** Upwards from the common block. */
  readonly undone: readonly Head[];
  readonly redone: readonly Head[];
  /** Hashes of the transactions of both branches, as they were given. */
  readonly transactions: readonly [readonly string[], readonly string[]];
};

/** Heads are exchanged every 2 s: this is patience for a busy machine. */
const STOP_MS_MAX = 60_000;
/** Deeper ones take minutes at a period of a second. */
export const DEPTH_MAX = 64;
/** A branch that gives way may seal in turn, its rival out of turn: then the rival needs so many blocks more, at most. */
const EXTRA_MAX = 2 * DEPTH_MAX;

/** Who gives way and who stays; and of each the signers that seal meanwhile. */
type Side = { readonly nodes: readonly NodeName[]; readonly sealers: readonly NodeName[] };
type Sides = { readonly undone: Side; readonly kept: Side };
type Net = Omit<Stage, 'expect' | 'say'>;

/**
 * Makes it, and returns when every node that gave way has the branch that stays. All nodes must run; the network goes on afterwards, healed
 * of whatever was done to its links before.
 */
export async function makeReorganisation(
  cluster: Cluster,
  net: Net,
  { depth, branches = [[], []], beforeHealing }: ReorgOptions,
): Promise<Reorganisation> {
  const sides = sidesOf(cluster, depth);
  const seal = ({ sealers }: Side, upTo: number): Promise<unknown> =>
    Promise.all(sealers.map((node) => cluster.sealing(node, { enabled: true, upTo })));
  let isCut = false;
  const heal = (): Promise<void> => {
    isCut = false;
    return cluster.network({ kind: 'heal' });
  };
  try {
    const common = await stopTogether(cluster, net);
    isCut = true;
    await cluster.network({ kind: 'partition', groups: [sides.undone.nodes, sides.kept.nodes] });
    const transactions = [
      await give(cluster, sides.undone.nodes, branches[0]),
      await give(cluster, sides.kept.nodes, branches[1]),
    ] as const;

    const top = common.number + depth;
    await Promise.all([seal(sides.undone, top), seal(sides.kept, top + 1)]);
    await net.agreement(sides.undone.nodes, top);
    await net.agreement(sides.kept.nodes, top + 1);
    const weight = weightOf(net, sides.undone);
    for (let extra = 2; weightOf(net, sides.kept) <= weight; extra++) {
      if (extra > EXTRA_MAX)
        throw new ScenarioFailure(`the branch that shall stay is not heavier by ${extra} blocks more`);
      await seal(sides.kept, top + extra);
      await net.agreement(sides.kept.nodes, top + extra);
    }
    for (const hash of transactions[0]) await net.mined(hash, sides.undone.nodes);
    for (const hash of transactions[1]) await net.mined(hash, sides.kept.nodes);

    await beforeHealing?.();
    const since = net.seen().length;
    await heal();
    for (const node of sides.undone.nodes) {
      await net.event(
        `${node} to undo ${depth} blocks`,
        (o, index) => index >= since && isReorganisation(o) && o.node === node,
      );
    }
    return read(net, sides.undone.nodes, since, { depth, common, transactions });
  } finally {
    if (isCut) await heal();
    for (const node of cluster.facts.authorities) {
      if (cluster.isRunning(node)) await cluster.sealing(node, { enabled: true });
    }
  }
}

/** Half of the authorities give way, n1 among them; the rest and the followers stay. Each side must be able to seal by itself for ever. */
function sidesOf({ facts, isRunning }: Cluster, depth: number): Sides {
  if (!Number.isSafeInteger(depth) || depth < 1 || depth > DEPTH_MAX) {
    throw new NetworkError('usage', `reorg: depth ${depth}: expected a whole number from 1 to ${DEPTH_MAX}`);
  }
  const { authorities, nodes, signerLimit } = facts;
  const idle = nodes.find((node) => !isRunning(node));
  if (idle !== undefined) throw new NetworkError('not-running', `reorg: ${idle} does not run`);
  const half = Math.floor(authorities.length / 2);
  if (half < signerLimit) {
    throw new NetworkError(
      'usage',
      `reorg: ${authorities.length} authorities with a signer limit of ${signerLimit} do not make two sides that go on sealing: create the network with signerLimit: 1${half === 0 ? ' and two nodes at least' : ''}`,
    );
  }
  // As many sealers as the rule asks for, and no more: then one of them at a time may seal, and no side forks by itself.
  const side = (names: readonly NodeName[]): Side => ({
    nodes: names,
    sealers: names.filter((node) => authorities.includes(node)).slice(0, signerLimit),
  });
  const undone = authorities.slice(0, half);
  return { undone: side(undone), kept: side(nodes.filter((node) => !undone.includes(node))) };
}

/** Stops all sealing, and waits until everybody stands on one block: nothing is under way any more. */
async function stopTogether(cluster: Cluster, net: Net): Promise<Head> {
  const { nodes, authorities } = cluster.facts;
  await net.height(1, nodes);
  await Promise.all(authorities.map((node) => cluster.sealing(node, { enabled: false })));
  let last: readonly Head[] = [];
  const isOne = await cluster.until(async () => {
    last = await Promise.all(nodes.map((node) => headOf(cluster, node)));
    return new Set(last.map(({ hash }) => hash)).size === 1;
  }, STOP_MS_MAX);
  const [common] = last;
  if (isOne && common !== undefined) return common;
  const standing = nodes.map((node, i) => `${node} at ${last[i]?.number}`).join(', ');
  throw new ScenarioFailure(`waited ${STOP_MS_MAX / 1_000} s for one head of all nodes; ${standing}`, 'deadline');
}

async function headOf(cluster: Cluster, node: NodeName): Promise<Head> {
  const block = await cluster.rpc(node, 'eth_getBlockByNumber', ['latest', false]);
  if (typeof block === 'object' && block !== null && 'hash' in block && 'number' in block) {
    return { number: Number(block.number), hash: String(block.hash) };
  }
  throw new ScenarioFailure(`${node} has no head`);
}

/** Gives the transactions to every node of a side, in their order: whoever seals first has them. */
async function give(
  cluster: Cluster,
  side: readonly NodeName[],
  wishes: readonly TransactionWish[],
): Promise<readonly string[]> {
  const hashes: string[] = [];
  const [first] = side;
  if (first === undefined) return hashes;
  for (const wish of wishes) {
    const raw = await signCall(cluster, first, wish);
    const hash = String(await cluster.rpc(first, 'eth_sendRawTransaction', [raw]));
    for (const node of side.slice(1)) {
      await cluster.rpc(node, 'eth_sendRawTransaction', [raw]).catch((error: unknown) => {
        if (!(error instanceof RpcError) || !/already known/.test(error.message)) throw error;
      });
    }
    hashes.push(hash);
  }
  return hashes;
}

/** The total difficulty of a side's head, as its nodes told last. */
function weightOf(net: Net, { nodes }: Side): bigint {
  const last = net.seen().findLast((o) => o.kind === 'event' && nodes.includes(o.node) && o.event.kind === 'head');
  return last?.kind === 'event' && last.event.kind === 'head' ? BigInt(last.event.totalDifficulty) : 0n;
}

/** Reads what happened from the first node that gave way, and that it is what was wanted on each of them. */
function read(
  net: Net,
  nodes: readonly NodeName[],
  since: number,
  wanted: Pick<Reorganisation, 'depth' | 'common' | 'transactions'>,
): Reorganisation {
  const moves = net
    .seen()
    .slice(since)
    .filter(isReorganisation)
    .filter(({ node }) => nodes.includes(node));
  const wrong = moves.find(({ event }) => event.undone.length !== wanted.depth);
  if (wrong !== undefined) {
    throw new ScenarioFailure(`${wrong.node} undid ${wrong.event.undone.length} blocks, not ${wanted.depth}`);
  }
  const [first] = moves;
  if (first === undefined) throw new ScenarioFailure('nobody reorganised');
  return { ...wanted, nodes, undone: first.event.undone.toReversed(), redone: first.event.redone };
}

type HeadMove = Extract<Observation, { kind: 'event' }> & { readonly event: Extract<NodeEvent, { kind: 'head' }> };

function isReorganisation(observation: Observation): observation is HeadMove {
  return observation.kind === 'event' && observation.event.kind === 'head' && observation.event.undone.length > 0;
}
