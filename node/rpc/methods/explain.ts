// For `lockstep explain`, on the operator's port alone: how this node's own machine came to its result of a block. Whatever is asked is
// bounded by one block's gas, by steps and by the answer's size. A block is named by its hash, or given whole where the node may not have it.

import type { Retraced } from '../../chain/retrace.ts';
import type { Mismatch } from '../../core/retraces.ts';
import type { NodeView } from '../../core/view.ts';
import { createStepDigest, STEPS_PER_MARK } from '../../evm/step-digest.ts';
import type { StepRecord, Written } from '../../evm/step-record.ts';
import { bytesToHex, compareText, quantity, wordToHex } from '../../lib/bytes.ts';
import { keccakHex } from '../../lib/hashing.ts';
import { encodeRlp } from '../../lib/rlp.ts';
import { type Block, blockHash, decodeBlock, encodeBlock } from '../../types/block.ts';
import { logToItem } from '../../types/receipt.ts';
import { isRejection } from '../../types/rejection.ts';
import { transactionHash } from '../../types/transaction.ts';
import { invalidArgument, limitExceeded, rejectionFault, serverFault } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { STATE_ITEMS_MAX, STEPS_PER_ANSWER_MAX, TRACE_STEPS_MAX } from '../limits.ts';
import { type Argument, argument, toBytes, toHash, toList, toNumber, toText } from '../params.ts';

/** lockstep_mismatches: the blocks that this node refused for their result, oldest first, with both results. */
export function mismatches(view: NodeView): Json {
  return view.retraces.mismatches().map((mismatch) => ({
    ...placeOf(mismatch.block),
    claimed: resultOf(mismatch.block.header),
    own: resultOf(mismatch.own),
    repeats: repeats(mismatch),
  }));
}

/**
 * lockstep_ownResult: what this node computed for a block when it judged or sealed it, and whether it refused it for that; null for a block
 * that it never executed.
 */
export function ownResult(view: NodeView, params: readonly unknown[]): Json {
  const hash = toHash(argument(params, 0));
  const refused = view.retraces.mismatches().find((mismatch) => mismatch.hash === hash);
  const own = refused?.own ?? view.ownResult(hash);
  return own === null ? null : { ...resultOf(own), refused: refused !== undefined };
}

/** lockstep_block: a block of any branch, or one that was refused for its result, in RLP; null for any other. */
export function rawBlock(view: NodeView, params: readonly unknown[]): Json {
  const block = view.retraces.block(toHash(argument(params, 0)));
  return block === null ? null : { ...placeOf(block), rlp: bytesToHex(encodeBlock(block)) };
}

/**
 * lockstep_intermediateRoots: the block executed again, part by part: -1 what comes before the transactions, then each of them, then what
 * comes behind them. For each its root, the accounts and slots that it changed, and its receipt in short.
 */
export function intermediateRoots(view: NodeView, params: readonly unknown[]): Json {
  const block = toBlock(view, argument(params, 0));
  const retraced = retrace(view, block);
  const own = view.retraces.mismatches().find(({ hash }) => hash === blockHash(block))?.own;
  const { result, parts } = retraced;
  const receipts = isRejection(result) ? [] : result.receipts;
  return {
    ...placeOf(block),
    result: isRejection(result) ? null : resultOf(result),
    refusal: isRejection(result) ? result.message : null,
    /** What it computed when it judged the block: another where its machine does not repeat itself. */
    judged: own === undefined ? null : resultOf(own),
    parts: parts.map(({ part, root, touched }) => {
      const tx = block.transactions[part];
      const receipt = receipts[part];
      return {
        part,
        root,
        touched: touched.map(({ address, slots }) => ({ address, slots: slots.map(quantity) })),
        transaction: tx === undefined ? null : transactionHash(tx),
        receipt:
          receipt === undefined
            ? null
            : {
                status: receipt.status,
                gasUsed: receipt.cumulativeGasUsed - (receipts[part - 1]?.cumulativeGasUsed ?? 0),
                logs: receipt.logs.length,
                logsHash: keccakHex(encodeRlp(receipt.logs.map(logToItem))),
              },
      };
    }),
  };
}

/** lockstep_witness: what of the parent's state, and which older block hashes, it takes to execute a block. */
export function witness(view: NodeView, params: readonly unknown[]): Json {
  const { read, blockHashes } = retrace(view, toBlock(view, argument(params, 0)));
  const itemsOf = (prefix: string): string[] =>
    [...read]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => compareText(a, b))
      .map(([, value]) => bytesToHex(value));
  return { nodes: itemsOf('t/'), codes: itemsOf('c/'), blockHashes: [...blockHashes].map(([n, hash]) => [n, hash]) };
}

/** lockstep_trieNodes: the encodings of trie nodes by their hashes, null for those that are nowhere. */
export function trieNodes(view: NodeView, params: readonly unknown[]): Json {
  const hashes = toList(argument(params, 0), toHash);
  if (hashes.length > STATE_ITEMS_MAX)
    throw limitExceeded(`${hashes.length} nodes exceed the limit of ${STATE_ITEMS_MAX}`);
  return hashes.map((hash) => {
    const node = view.retraces.stateItem(`t/${hash.slice(2)}`);
    return node === null ? null : bytesToHex(node);
  });
}

/** lockstep_code: the code of a hash; null where there is none. */
export function code(view: NodeView, params: readonly unknown[]): Json {
  const bytes = view.retraces.stateItem(`c/${toHash(argument(params, 0)).slice(2)}`);
  return bytes === null ? null : bytesToHex(bytes);
}

/**
 * lockstep_traceMarks: the steps of one part of a block as a digest behind every 256th and one of them all, so that two nodes find where
 * their machines part without sending every step. Parameters: the block, the part.
 */
export function traceMarks(view: NodeView, params: readonly unknown[]): Json {
  const block = toBlock(view, argument(params, 0));
  const part = toPart(block, argument(params, 1));
  const digest = createStepDigest();
  let isCut = false;
  const taken = view.retraces.steps(block, part, (record) => {
    if (digest.steps() === TRACE_STEPS_MAX) isCut = true;
    else digest.add(record);
    return !isCut;
  });
  if (isRejection(taken)) throw rejectionFault(taken);
  return {
    every: STEPS_PER_MARK,
    steps: digest.steps(),
    /** There were more steps than are looked at. */
    cut: isCut,
    kept: taken.kept,
    digest: digest.value(),
    marks: digest.marks(),
  };
}

/** lockstep_traceSteps: some steps of one part of a block. Parameters: the block, the part, the first step, how many. */
export function traceSteps(view: NodeView, params: readonly unknown[]): Json {
  const block = toBlock(view, argument(params, 0));
  const part = toPart(block, argument(params, 1));
  const from = toCount(argument(params, 2), TRACE_STEPS_MAX);
  const count = toCount(argument(params, 3), STEPS_PER_ANSWER_MAX);
  const steps: JsonObject[] = [];
  let at = 0;
  const taken = view.retraces.steps(block, part, (record) => {
    if (at >= from && steps.length < count) steps.push(formatStep(record));
    at += 1;
    return at < from + count;
  });
  if (isRejection(taken)) throw rejectionFault(taken);
  return { from, kept: taken.kept, steps };
}

function toBlock(view: NodeView, arg: Argument): Block {
  if (toText(arg).length === HASH_LENGTH) {
    const block = view.retraces.block(toHash(arg));
    if (block === null) throw serverFault('block not found');
    return block;
  }
  const block = decodeBlock(toBytes(arg));
  if (isRejection(block)) throw invalidArgument(arg.index, block.message);
  return block;
}

/** 0x and 32 bytes. */
const HASH_LENGTH = 66;

function retrace(view: NodeView, block: Block): Retraced {
  const retraced = view.retraces.of(block);
  if (isRejection(retraced)) throw rejectionFault(retraced);
  return retraced;
}

function toPart(block: Block, arg: Argument): number {
  const part = toNumber(arg);
  const last = block.transactions.length;
  if (Number.isSafeInteger(part) && part >= -1 && part <= last) return part;
  throw invalidArgument(arg.index, `the block has the parts -1 to ${last}`);
}

function toCount(arg: Argument, most: number): number {
  const count = toNumber(arg);
  if (Number.isSafeInteger(count) && count >= 0 && count <= most) return count;
  throw invalidArgument(arg.index, `expected a whole number up to ${most}`);
}

function placeOf(block: Block): JsonObject {
  const { number, parentHash, miner } = block.header;
  return { hash: blockHash(block), number, parentHash, sealer: miner, transactions: block.transactions.length };
}

type Result = { readonly stateRoot: string; readonly receiptsRoot: string; readonly gasUsed: number };

function resultOf({ stateRoot, receiptsRoot, gasUsed }: Result): JsonObject {
  return { stateRoot, receiptsRoot, gasUsed };
}

/** Whether the machine gave the same result again; null where it was not asked. */
function repeats({ own, retraced }: Mismatch): boolean | null {
  if (retraced === null) return null;
  const { result } = retraced;
  if (isRejection(result)) return false;
  return result.stateRoot === own.stateRoot && result.receiptsRoot === own.receiptsRoot;
}

/** A step as `lockstep_traceSteps` shows it. */
export function formatStep(step: StepRecord): JsonObject {
  return {
    pc: step.pc,
    op: step.opcode,
    depth: step.depth,
    gas: quantity(step.gasLeft),
    gasCost: quantity(step.gasCost),
    refund: step.refund,
    stack: step.stack.map(quantity),
    stackHeight: step.stackHeight,
    address: step.address,
    codeAddress: step.codeAddress,
    codeHash: step.codeHash,
    written: step.written === null ? null : formatWritten(step.written),
  };
}

function formatWritten(written: Written): JsonObject {
  if (!('slot' in written)) return { ...written };
  return { ...written, slot: quantity(written.slot), value: wordToHex(written.value) };
}
