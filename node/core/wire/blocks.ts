// Blocks on the wire: one in gossip, and pulls of a tip's ancestors.

import { hexToBytes } from '../../lib/bytes.ts';
import { asHex, asList, DecodeError } from '../../lib/rlp.ts';
import { type Block, blockFromItem, blockToItem } from '../../types/block.ts';
import type { Hash } from '../../types/transaction.ts';
import { BLOCK_BYTES_MAX, BLOCKS_PER_RESPONSE_MAX, FRAME_BYTES_MAX, LOCATOR_MAX } from '../limits.ts';
import { decodeMessage, encodeMessage, MESSAGE, memoised } from './message.ts';

export function encodeBlockMessage(block: Block): Uint8Array {
  return encodeMessage(MESSAGE.block, blockToItem(block));
}

/** The reverse of encodeBlockMessage. */
export const decodeBlockMessage = memoised<Block>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.block,
    bytesMax: BLOCK_BYTES_MAX + FRAME_BYTES_MAX,
    what: 'block',
    read: blockFromItem,
  }),
);

/** Asks for the ancestors of `want`, itself included, that come after the highest block of `have`. */
export type BlocksRequest = { readonly want: Hash; readonly have: readonly Hash[] };

export function encodeBlocksRequest(request: BlocksRequest): Uint8Array {
  return encodeMessage(MESSAGE.blocksRequest, [hexToBytes(request.want), request.have.map(hexToBytes)]);
}

/** The reverse of encodeBlocksRequest. */
export const decodeBlocksRequest = memoised<BlocksRequest>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.blocksRequest,
    bytesMax: (LOCATOR_MAX + 1) * 33 + FRAME_BYTES_MAX,
    what: 'request for blocks',
    read(item) {
      const [want, have] = asList(item, 'request', 2);
      const hashes = asList(have, 'have');
      if (hashes.length > LOCATOR_MAX) throw new DecodeError(`${hashes.length} hashes`);
      return { want: asHex(want, 'want', 32), have: hashes.map((hash) => asHex(hash, 'have', 32)) };
    },
  }),
);

/** Answers with blocks in ascending order, each the parent of the next; none where the wanted one is unknown. */
export function encodeBlocksResponse(blocks: readonly Block[]): Uint8Array {
  return encodeMessage(MESSAGE.blocksResponse, blocks.map(blockToItem));
}

/** The reverse of encodeBlocksResponse. */
export const decodeBlocksResponse = memoised<readonly Block[]>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.blocksResponse,
    bytesMax: BLOCK_BYTES_MAX + FRAME_BYTES_MAX,
    what: 'response of blocks',
    read(item) {
      const items = asList(item, 'blocks');
      if (items.length > BLOCKS_PER_RESPONSE_MAX) throw new DecodeError(`${items.length} blocks`);
      return items.map(blockFromItem);
    },
  }),
);
