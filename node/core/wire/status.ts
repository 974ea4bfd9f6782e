// The exchange of heads and pooled hashes: the same content in the request and in the response.

import { bigintToBytes, hexToBytes, numberToBytes } from '../../lib/bytes.ts';
import { asBigint, asHex, asList, asNumber, DecodeError, type RlpItem } from '../../lib/rlp.ts';
import type { Hash } from '../../types/transaction.ts';
import { FRAME_BYTES_MAX, STATUS_HASHES_MAX } from '../limits.ts';
import { decodeMessage, encodeMessage, MESSAGE, memoised } from './message.ts';

/** Where a node stands: its network, its head, and some of its pooled transactions. */
export type Status = {
  readonly genesisHash: Hash;
  readonly headHash: Hash;
  readonly number: number;
  readonly totalDifficulty: bigint;
  readonly pooled: readonly Hash[];
};

export function encodeStatusRequest(status: Status): Uint8Array {
  return encodeMessage(MESSAGE.statusRequest, statusToItem(status));
}

export function encodeStatusResponse(status: Status): Uint8Array {
  return encodeMessage(MESSAGE.statusResponse, statusToItem(status));
}

const FORMAT = { bytesMax: STATUS_HASHES_MAX * 33 + FRAME_BYTES_MAX, what: 'status', read: statusFromItem };

/** The reverse of encodeStatusRequest. */
export const decodeStatusRequest = memoised<Status>((bytes) =>
  decodeMessage(bytes, { ...FORMAT, type: MESSAGE.statusRequest }),
);

/** The reverse of encodeStatusResponse. */
export const decodeStatusResponse = memoised<Status>((bytes) =>
  decodeMessage(bytes, { ...FORMAT, type: MESSAGE.statusResponse }),
);

function statusToItem(status: Status): RlpItem {
  return [
    hexToBytes(status.genesisHash),
    hexToBytes(status.headHash),
    numberToBytes(status.number),
    bigintToBytes(status.totalDifficulty),
    status.pooled.map(hexToBytes),
  ];
}

function statusFromItem(item: RlpItem): Status {
  const list = asList(item, 'status', 5);
  const pooled = asList(list[4], 'pooled');
  if (pooled.length > STATUS_HASHES_MAX) throw new DecodeError(`${pooled.length} pooled hashes`);
  return {
    genesisHash: asHex(list[0], 'genesisHash', 32),
    headHash: asHex(list[1], 'headHash', 32),
    number: asNumber(list[2], 'number'),
    totalDifficulty: asBigint(list[3], 'totalDifficulty', 256),
    pooled: pooled.map((hash) => asHex(hash, 'pooled hash', 32)),
  };
}
