// What gas costs: suggestions, and the history that wallets compute their own from.

import { blobGasLimit } from '../../chain/fees.ts';
import type { NodeView } from '../../core/view.ts';
import { present } from '../../lib/assert.ts';
import { quantity } from '../../lib/bytes.ts';
import { divide, divideBigint, scale } from '../../lib/integer.ts';
import type { Block } from '../../types/block.ts';
import { type Header, headerHash } from '../../types/header.ts';
import { effectiveTip } from '../../types/transaction.ts';
import { isPending, LATEST, selectNumber, toNumberOrTag } from '../blocks.ts';
import { invalidArgument, serverFault } from '../errors.ts';
import { gasUsedBy } from '../format-receipt.ts';
import type { Json, JsonObject } from '../json.ts';
import { FEE_HISTORY_BLOCKS_MAX, FEE_HISTORY_PERCENTILES_MAX } from '../limits.ts';
import { type Argument, argument, optional, required, toIndex, toList, toNumber } from '../params.ts';
import { baseFeeAfter, blobBaseFeeOf, rulesOfHeader } from '../pending.ts';

/** The tip that is suggested while no transaction has paid one, in wei: 1 gwei. */
const TIP_DEFAULT = 1_000_000_000n;
/** Tips below this say nothing about a market; go-ethereum ignores them likewise. */
const TIP_IGNORED_BELOW = 2n;
/** Blocks that the suggestion looks at: go-ethereum's default. */
const TIP_BLOCKS = 20;

/** eth_gasPrice: the next base fee and the suggested tip, wei. */
export function gasPrice(view: NodeView): Json {
  return quantity(baseFeeAfter(view, view.head.header) + suggestTip(view));
}

/** eth_maxPriorityFeePerGas: wei. */
export function maxPriorityFeePerGas(view: NodeView): Json {
  return quantity(suggestTip(view));
}

/** eth_feeHistory. Without reward percentiles in it Hardhat 3 silently sends legacy transactions. */
export function feeHistory(view: NodeView, params: readonly unknown[]): Json {
  const wanted = Math.min(toCount(argument(params, 0)), FEE_HISTORY_BLOCKS_MAX);
  const last = newestBlock(view, argument(params, 1));
  const percentiles = optional(argument(params, 2), toPercentiles) ?? [];
  const count = Math.min(wanted, last + 1);
  if (count === 0) return { oldestBlock: '0x0', gasUsedRatio: null };

  const blocks = blocksFrom(view, last - count + 1, last);
  const headers = blocks.map(({ header }) => header);
  return {
    oldestBlock: quantity(last - count + 1),
    ...(percentiles.length > 0 && { reward: blocks.map((block) => rewards(view, block, percentiles)) }),
    ...feeSeries(view, headers),
    ...ratioSeries(view, headers),
  };
}

/** The base fees of the blocks and of the one behind them. */
function feeSeries(view: NodeView, headers: readonly Header[]): JsonObject {
  const next = headers.at(-1);
  const after = next === undefined ? 0n : baseFeeAfter(view, next);
  const blobAfter = next === undefined ? 0n : (blobBaseFeeOf(view, next) ?? 0n);
  return {
    baseFeePerGas: [...headers.map((header) => header.baseFeePerGas ?? 0n), after].map(quantity),
    baseFeePerBlobGas: [...headers.map((header) => blobBaseFeeOf(view, header) ?? 0n), blobAfter].map(quantity),
  };
}

function ratioSeries(view: NodeView, headers: readonly Header[]): JsonObject {
  return {
    gasUsedRatio: headers.map((header) => ratio(header.gasUsed, Number(header.gasLimit))),
    blobGasUsedRatio: headers.map((header) =>
      ratio(header.blobGasUsed ?? 0, blobGasLimit(rulesOfHeader(view, header).blobs)),
    ),
  };
}

/** The effective tips at the percentiles of a block's gas, transactions in ascending order of tip; zeros for a block without any. */
function rewards(view: NodeView, block: Block, percentiles: readonly number[]): Json {
  const receipts = view.receipts(headerHash(block.header)) ?? [];
  const baseFee = block.header.baseFeePerGas ?? 0n;
  const paid = block.transactions
    .map((tx, index) => ({ tip: effectiveTip(tx, baseFee), gas: gasUsedBy(receipts, index) }))
    .sort((a, b) => compareBigints(a.tip, b.tip));
  return percentiles.map((percentile) => {
    const threshold = scale(block.header.gasUsed, Math.floor(percentile * PERCENTILE_UNIT), 100 * PERCENTILE_UNIT);
    let gas = 0;
    for (const one of paid) {
      gas += one.gas;
      if (gas >= threshold) return quantity(one.tip);
    }
    return quantity(paid.at(-1)?.tip ?? 0n);
  });
}

/** Percentiles are compared in millionths, so that no floating-point sum decides. */
const PERCENTILE_UNIT = 1_000_000;

/** The median of what the last blocks' transactions paid. */
function suggestTip(view: NodeView): bigint {
  const head = view.head.header.number;
  const tips = blocksFrom(view, Math.max(0, head - TIP_BLOCKS + 1), head)
    .flatMap((block) => block.transactions.map((tx) => effectiveTip(tx, block.header.baseFeePerGas ?? 0n)))
    .filter((tip) => tip >= TIP_IGNORED_BELOW)
    .sort(compareBigints);
  return tips[divide(tips.length, 2)] ?? TIP_DEFAULT;
}

/** Canonical blocks between two heights, both included, ascending. */
function blocksFrom(view: NodeView, from: number, to: number): Block[] {
  const blocks: Block[] = [];
  for (let number = from; number <= to; number++) {
    const hash = view.canonicalHash(number);
    const block = hash === null ? null : view.blockByHash(hash);
    blocks.push(present(block, `no canonical block ${number} below the head`));
  }
  return blocks;
}

/** The newest block of the range. What is pending has no gas to tell of, so that it means the latest here. */
function newestBlock(view: NodeView, arg: Argument): number {
  const asked = toNumberOrTag(arg);
  const number = selectNumber(view, isPending(asked) ? LATEST : asked);
  const head = view.head.header.number;
  if (number > head) throw serverFault(`request beyond head block: requested ${number}, head ${head}`);
  return number;
}

/** The count of blocks comes as a quantity from libraries, and as a number or decimal text from people. */
function toCount(arg: Argument): number {
  const value = required(arg);
  if (typeof value === 'string' && !/^[0-9]+$/.test(value)) return toIndex(arg);
  const count = typeof value === 'string' ? Number(value) : toNumber(arg);
  if (!Number.isSafeInteger(count) || count < 0) throw invalidArgument(arg.index, `invalid block count ${count}`);
  return count;
}

function toPercentiles(arg: Argument): number[] {
  const percentiles = toList(arg, toNumber);
  if (percentiles.length > FEE_HISTORY_PERCENTILES_MAX)
    throw serverFault(`invalid reward percentile: over the query limit ${FEE_HISTORY_PERCENTILES_MAX}`);
  percentiles.forEach((percentile, i) => {
    const before = percentiles[i - 1] ?? 0;
    if (!(percentile >= 0 && percentile <= 100)) throw serverFault(`invalid reward percentile: ${percentile}`);
    if (percentile < before) throw serverFault(`invalid reward percentile: #${i - 1}:${before} >= #${i}:${percentile}`);
  });
  return percentiles;
}

/** A quotient as JSON has it, by way of its decimals: nothing is divided in floating point, and the nearest number is read from the text. */
function ratio(part: number, whole: number): number {
  if (whole === 0) return 0;
  const scaled = divideBigint(BigInt(part) * RATIO_UNIT, BigInt(whole));
  const decimals = (scaled % RATIO_UNIT).toString().padStart(RATIO_DECIMALS, '0');
  return Number(`${divideBigint(scaled, RATIO_UNIT)}.${decimals}`);
}

/** More than a floating-point number tells apart. */
const RATIO_DECIMALS = 24;
const RATIO_UNIT = 10n ** BigInt(RATIO_DECIMALS);

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
