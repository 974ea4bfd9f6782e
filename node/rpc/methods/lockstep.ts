// Our own namespace: what makes this node comparable with the others. Heights and counts are plain numbers here, difficulties are text.

import type { ExecutionResult } from '../../core/events.ts';
import type { Attestation, NodeView, TreeEntry } from '../../core/view.ts';
import { compareText } from '../../lib/bytes.ts';
import type { Header } from '../../types/header.ts';
import { isPending, selectNumber, toNumberOrTag } from '../blocks.ts';
import { CODE_INVALID_PARAMS, limitExceeded, RpcFault, serverFault } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { STATE_ROOTS_MAX } from '../limits.ts';
import type { PendingAnswer } from '../method.ts';
import { type Argument, argument, optional, toBoolean, toIndex } from '../params.ts';

/** lockstep_status: who this node is, where it stands, and whom it hears. */
export function status(view: NodeView): Json {
  const { size, pendingCount } = view.pool; // counted when it is asked for: once is enough
  return {
    name: view.name,
    genesis: view.genesisHash,
    head: formatEntry(view.head),
    signer: view.signer,
    sealing: view.sealing,
    halted: view.halted,
    signers: view.snapshot.signers,
    peers: view.peers.map(({ peer, name }) => ({ peer, name })),
    pending: pendingCount,
    queued: size - pendingCount,
    rejections: Object.fromEntries([...view.rejections].sort(([a], [b]) => compareText(a, b))),
    badBlocks: view.usage().badBlocks,
    usage: { ...view.usage() },
  };
}

/** lockstep_blockTree: the last blocks of every branch, ascending by number, then by hash. */
export function blockTree(view: NodeView): Json {
  return view.tree().map((entry) => ({ ...formatEntry(entry), canonical: entry.canonical }));
}

/** lockstep_stateRoots: for each canonical height of a range, what every node says about the block. Parameters: from, to. */
export function stateRoots(view: NodeView, params: readonly unknown[]): Json {
  const from = toHeight(view, argument(params, 0));
  const to = toHeight(view, argument(params, 1));
  if (from > to) throw new RpcFault(CODE_INVALID_PARAMS, 'invalid block range params');
  const count = to - from + 1;
  if (count > STATE_ROOTS_MAX)
    throw limitExceeded(`block range of ${count} blocks exceeds the limit of ${STATE_ROOTS_MAX}`);
  return Array.from({ length: count }, (_, i) => rootsAt(view, from + i));
}

/** lockstep_badBlocks: blocks whose result differed from this node's own, with both results. */
export function badBlocks(view: NodeView): Json {
  return view.retraces.mismatches().map(({ block, hash, own }) => ({
    hash,
    number: block.header.number,
    parentHash: block.header.parentHash,
    sealer: block.header.miner,
    claimed: resultOf(block.header),
    own: formatResult(own),
  }));
}

/** lockstep_setSealing: lets this node seal, up to a height where a second parameter names one, or makes it stop. */
export function setSealing(_view: NodeView, params: readonly unknown[]): PendingAnswer {
  const enabled = toBoolean(argument(params, 0));
  const upTo = optional(argument(params, 1), toIndex);
  return {
    ask: { kind: 'set-sealing', enabled, ...(upTo !== undefined && { upTo }) },
    toResult: () => enabled,
  };
}

function rootsAt(view: NodeView, number: number): JsonObject {
  const hash = view.canonicalHash(number);
  const header = hash === null ? null : view.headerByHash(hash);
  if (hash === null || header === null) throw serverFault('header not found');
  const own = view.ownResult(hash);
  const attestations = [...view.attestations(hash)].sort(compareAttestations);
  const claimed = resultOf(header);
  return {
    number,
    hash,
    ...claimed,
    own: own === null ? null : formatResult(own),
    attestations: attestations.map((said) => ({
      node: said.node,
      nodeAddress: said.nodeAddress,
      ...resultOf(said),
    })),
    agree: [...(own === null ? [] : [own]), ...attestations].every((said) => isSame(said, header)),
  };
}

/** What a header claims, a node attests, or an execution gave, as far as they can be compared. */
type Comparable = Pick<Attestation, 'stateRoot' | 'receiptsRoot' | 'gasUsed'>;

function resultOf({ stateRoot, receiptsRoot, gasUsed }: Comparable): JsonObject {
  return { stateRoot, receiptsRoot, gasUsed };
}

function formatResult(result: ExecutionResult): JsonObject {
  return { ...resultOf(result), logsBloom: result.logsBloom };
}

function isSame(a: Comparable, header: Header): boolean {
  return a.stateRoot === header.stateRoot && a.receiptsRoot === header.receiptsRoot && a.gasUsed === header.gasUsed;
}

function formatEntry({ hash, header, sealer, inTurn, totalDifficulty }: TreeEntry): JsonObject {
  return {
    hash,
    number: header.number,
    parentHash: header.parentHash,
    stateRoot: header.stateRoot,
    timestamp: Number(header.timestamp),
    gasUsed: header.gasUsed,
    sealer,
    inTurn,
    totalDifficulty: totalDifficulty.toString(),
  };
}

/** A height as a plain number, a quantity or a tag. */
function toHeight(view: NodeView, arg: Argument): number {
  const { value } = arg;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const selector = toNumberOrTag(arg);
  return isPending(selector) ? view.head.header.number : selectNumber(view, selector);
}

/** Attestations arrive in any order: names decide, then addresses. */
function compareAttestations(a: Attestation, b: Attestation): number {
  return compareText(a.node ?? '', b.node ?? '') || compareText(a.nodeAddress, b.nodeAddress);
}
