// The transactions inside a message, as the bytes that they are hashed and signed by: for whoever recovers senders before the core reads the
// message. It judges nothing; the codecs do.

import { asList, DecodeError, decodeRlp, encodeRlp, type RlpItem } from '../../lib/rlp.ts';
import { MESSAGE } from './message.ts';

/** The transactions of a batch, of a block or of blocks, in their order; none where the message is of another type or malformed. */
export function rawTransactionsOf(message: Uint8Array): readonly Uint8Array[] {
  const read = READERS.get(message[0] ?? 0);
  if (read === undefined) return [];
  try {
    return read(decodeRlp(message.subarray(1)));
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

type Reader = (item: RlpItem) => Uint8Array[];

const readBatch: Reader = (item) =>
  asList(item, 'transactions').map((tx) => (tx instanceof Uint8Array ? tx : encodeRlp(tx)));
const readBlock: Reader = (item) => readBatch(asList(item, 'block')[1] ?? []);

const READERS: ReadonlyMap<number, Reader> = new Map([
  [MESSAGE.transactions, readBatch],
  [MESSAGE.transactionsResponse, readBatch],
  [MESSAGE.block, readBlock],
  [MESSAGE.blocksResponse, (item) => asList(item, 'blocks').flatMap(readBlock)],
]);
