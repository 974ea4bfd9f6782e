// The whole way: first block, first transaction, accounts and slots, first step. It asks nodes and computes; what it found is data, told in
// words elsewhere. It asks few questions: some tens, and as many more as the logarithm of the chain's length.

import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { type Block, decodeBlock } from '../../node/types/block.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { transactionHash, transactionSender } from '../../node/types/transaction.ts';
import { RpcError } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import { type NodeAccess, rememberingAccess } from './access.ts';
import { ask, askIfAble, type Part, type Result, type RootsAnswer } from './answers.ts';
import type { Agreement, Explanation, PartedPart, ResultGroup } from './explanation.ts';
import { findBlock, findCommon, groupVotes, type Vote } from './find-block.ts';
import { findStep } from './find-step.ts';
import { executeFromWitness, type Witness } from './referee.ts';
import type { CompiledContract } from './sources.ts';
import { diffStates } from './state-diff.ts';

/** What is known beside the nodes. */
export type Surroundings = {
  /** geth's genesis.json of the network, for the referee. */
  readonly genesis: unknown;
  /** Who seals with which address. */
  readonly sealers: ReadonlyMap<string, string>;
  /** Contracts whose sources are known. */
  readonly contracts: readonly CompiledContract[];
  /** What it takes to execute the block, where it is not to be asked for. */
  readonly witness?: Witness | null;
};

export type Explained = {
  readonly explanation: Explanation;
  readonly rlp: Hex;
  readonly witness: Witness | null;
};

/** Explains the first difference between the nodes' machines, or says that there is none. */
export async function explain(nodes: readonly NodeAccess[], around: Surroundings): Promise<Explained | Agreement> {
  let questions = 0;
  // Nobody is asked the same twice: the network goes on meanwhile, and the answers should be of one moment.
  const counted = nodes.map((node) =>
    rememberingAccess(node, () => {
      questions += 1;
    }),
  );
  const found = await findBlock(counted);
  if (found.kind === 'none') {
    const { height, forks, claims } = found;
    return { kind: 'agreement', nodes: nodes.map(({ name }) => name), height, forks, claims, questions };
  }
  const block = decode(found.rlp);
  const groups = groupVotes(found.votes);
  const [one, other] = [groups[0]?.[0], groups[1]?.[0]];
  if (one === undefined || other === undefined) throw new RangeError('a divergence of one result');

  const sideOf = (vote: Vote): Side => ({ node: vote.node, block: vote.now ? found.rlp : found.hash });
  const [left, right] = [sideOf(one), sideOf(other)];
  const [common, ...traced] = await Promise.all([findCommon(one.node, other.node), retraceOn(left), retraceOn(right)]);
  const repeats = [isSame(traced[0].result, one.result), isSame(traced[1].result, other.result)] as const;
  const part = findPart(block, traced);
  const [state, step, witness] = await Promise.all([
    compareStates([one, other], traced, part, repeats),
    part === null ? null : findStep(around.contracts, left, right, part.part),
    around.witness === undefined ? takeWitness(left, block, around.genesis) : around.witness,
  ]);
  const explanation: Omit<Explanation, 'questions'> = {
    kind: 'explanation',
    block: {
      number: found.number,
      hash: found.hash as Hex, // it is how the nodes found the block
      sealer: block.header.miner,
      sealedBy: around.sealers.get(block.header.miner) ?? null,
      transactions: block.transactions.length,
    },
    common: { height: common.height, heads: common.heads, compared: common.compared },
    groups: groups.map((votes) => describeGroup(block, votes)),
    silent: nodes.map(({ name }) => name).filter((name) => !found.votes.some(({ node }) => node.name === name)),
    culprits: culpritsOf(groups),
    compared: [one.node.name, other.node.name],
    repeats,
    part,
    state,
    step,
    referee: judge(witness, block, found.votes),
  };
  return { explanation: { ...explanation, questions }, rlp: found.rlp as Hex, witness };
}

/** A node and the name by which it knows the block. */
type Side = { readonly node: NodeAccess; readonly block: string };

async function retraceOn({ node, block }: Side): Promise<RootsAnswer> {
  try {
    return await ask(node, 'lockstep_intermediateRoots', block);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new NetworkError('nothing-matched', `${node.name} cannot execute the block again: ${error.message}`);
  }
}

function decode(rlp: string): Block {
  const block = decodeBlock(hexToBytes(rlp));
  if (isRejection(block)) throw new NetworkError('unreachable', `a block that does not decode: ${block.message}`);
  return block;
}

function describeGroup({ header }: Block, votes: readonly Vote[]): ResultGroup {
  const { result = null, refusal = null } = votes[0] ?? {};
  const nodes = votes.map(({ node }) => node.name);
  if (result === null) return { nodes, result, refusal, isClaimed: false };
  const { stateRoot, receiptsRoot, gasUsed } = result;
  return { nodes, result: { stateRoot, receiptsRoot, gasUsed }, refusal: null, isClaimed: isSame(result, header) };
}

/** Who stands against more than half of all who voted. */
function culpritsOf(groups: readonly (readonly Vote[])[]): readonly string[] {
  const [largest = [], ...rest] = groups;
  const others = rest.flat();
  return largest.length > others.length ? others.map(({ node }) => node.name) : [];
}

type Comparable = { readonly stateRoot: string; readonly receiptsRoot: string; readonly gasUsed: number };

function isSame(a: Comparable | null, b: Comparable | null): boolean {
  if (a === null || b === null) return a === b;
  return a.stateRoot === b.stateRoot && a.receiptsRoot === b.receiptsRoot && a.gasUsed === b.gasUsed;
}

/** The first part behind which the roots, or the receipts, are two; null where the machines agree now. */
function findPart(block: Block, [a, b]: readonly [RootsAnswer, RootsAnswer]): PartedPart | null {
  const longer = Math.max(a.parts.length, b.parts.length);
  for (let i = 0; i < longer; i++) {
    const [left, right] = [a.parts[i], b.parts[i]];
    if (left !== undefined && right !== undefined && isSamePart(left, right)) continue;
    const part = (left ?? right)?.part ?? 0;
    const tx = block.transactions[part];
    const sender = tx === undefined ? null : transactionSender(tx);
    const [rootA, rootB] = [left ?? a.parts.at(-1), right ?? b.parts.at(-1)];
    return {
      part,
      transaction:
        tx === undefined ? null : { hash: transactionHash(tx), from: isRejection(sender) ? null : sender, to: tx.to },
      roots: [rootA?.root ?? '0x', rootB?.root ?? '0x'],
      receipts: [left?.receipt ?? null, right?.receipt ?? null],
      refusals: [left === undefined ? a.refusal : null, right === undefined ? b.refusal : null],
    };
  }
  return null;
}

/** A machine that did not come to the block's end has no receipts of what it did before. */
function isSamePart(a: Part, b: Part): boolean {
  if (a.root !== b.root) return false;
  return a.receipt === null || b.receipt === null || JSON.stringify(a.receipt) === JSON.stringify(b.receipt);
}

/**
 * Compares the states behind the part, where both machines come to them again; else those that the nodes came to when they judged the block,
 * which are the ones that they attested.
 */
async function compareStates(
  [one, other]: readonly [Vote, Vote],
  traced: readonly [RootsAnswer, RootsAnswer],
  part: PartedPart | null,
  repeats: readonly [boolean, boolean],
): Promise<Explanation['state']> {
  const behind = part !== null && repeats[0] && repeats[1] ? 'part' : 'block';
  const roots = behind === 'part' && part !== null ? part.roots : [one.result?.stateRoot, other.result?.stateRoot];
  if (roots[0] === undefined || roots[1] === undefined) return null;
  const touched = traced.flatMap(({ parts }) => parts.flatMap((each) => each.touched));
  const [a, b] = [
    { node: one.node, root: roots[0] },
    { node: other.node, root: roots[1] },
  ];
  try {
    return { ...(await diffStates(a, b, touched)), behind };
  } catch (error) {
    // A state that was computed a while ago and not kept: everything else can still be said.
    if (error instanceof NetworkError && error.code === 'nothing-matched') return null;
    throw error;
  }
}

async function takeWitness({ node, block: name }: Side, block: Block, genesis: unknown): Promise<Witness | null> {
  const [read, parent] = [
    await askIfAble(node, 'lockstep_witness', name),
    await askIfAble(node, 'lockstep_block', block.header.parentHash),
  ];
  if (read === null || parent === null) return null;
  return { genesis, parentStateRoot: decode(parent.rlp).header.stateRoot, ...read };
}

function judge(witness: Witness | null, block: Block, votes: readonly Vote[]): Explanation['referee'] {
  if (witness === null) return { why: 'the node does not have the state before the block any more' };
  try {
    const { result } = executeFromWitness(witness, block);
    if (isRejection(result)) return { why: `a fresh machine refuses the block: ${result.message}` };
    const { stateRoot, receiptsRoot, gasUsed } = result;
    const own: Result = { stateRoot, receiptsRoot, gasUsed };
    return { result: own, agrees: votes.filter((vote) => isSame(own, vote.result)).map(({ node }) => node.name) };
  } catch (error) {
    if (error instanceof NetworkError) return { why: error.message };
    throw error;
  }
}
