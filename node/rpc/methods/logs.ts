// eth_getLogs: a walk over canonical blocks, or one block by its hash, with blooms asked first.

import type { NodeView } from '../../core/view.ts';
import type { Hash } from '../../types/transaction.ts';
import { type BlockSelector, isPending, selectNumber } from '../blocks.ts';
import { CODE_INVALID_PARAMS, limitExceeded, RpcFault, serverFault } from '../errors.ts';
import { formatLog, placeLogs } from '../format-receipt.ts';
import type { Json } from '../json.ts';
import { LOG_BLOCKS_MAX, LOG_ENTRIES_MAX } from '../limits.ts';
import { bloomTest, type LogRange, matchesLog, toLogFilter, toLogRange } from '../log-filter.ts';
import { argument } from '../params.ts';
import { executedBlock } from '../receipts.ts';

export function getLogs(view: NodeView, params: readonly unknown[]): Json {
  const range = toLogRange(argument(params, 0));
  const filter = toLogFilter(argument(params, 0));
  const mayMatch = bloomTest(filter);
  const found: Json[] = [];
  for (const hash of blocksOf(view, range)) {
    const bloom = view.headerByHash(hash)?.logsBloom;
    if (bloom === undefined || !mayMatch(bloom)) continue;
    const executed = executedBlock(view, hash);
    if (executed === null) throw serverFault('failed to get logs: receipts are not kept');
    const { block, receipts } = executed;
    const matching = placeLogs(block, receipts).filter(({ log }) => matchesLog(filter, log));
    if (found.length + matching.length > LOG_ENTRIES_MAX)
      throw limitExceeded(`query returned more than ${LOG_ENTRIES_MAX} results, narrow the block range or the filter`);
    found.push(...matching.map((placed) => formatLog(block, placed)));
  }
  return found;
}

/** The hashes of the blocks to search, ascending by number. */
function blocksOf(view: NodeView, range: LogRange): Hash[] {
  if (range.kind === 'block') {
    if (view.headerByHash(range.hash) === null) throw serverFault('unknown block');
    return [range.hash];
  }
  const from = boundOf(view, range.from);
  const to = boundOf(view, range.to);
  if (from > to) throw new RpcFault(CODE_INVALID_PARAMS, 'invalid block range params');
  if (to > view.head.header.number)
    throw new RpcFault(CODE_INVALID_PARAMS, 'block range extends beyond current head block');
  const count = to - from + 1;
  if (count > LOG_BLOCKS_MAX)
    throw limitExceeded(`block range of ${count} blocks exceeds the limit of ${LOG_BLOCKS_MAX}`);
  return Array.from({ length: count }, (_, i) => view.canonicalHash(from + i)).filter((hash) => hash !== null);
}

function boundOf(view: NodeView, selector: BlockSelector): number {
  if (isPending(selector)) throw serverFault('pending logs are not supported');
  return selectNumber(view, selector);
}
