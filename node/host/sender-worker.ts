// A thread of the sender pool: encoded transactions in, senders out. It keeps no chain and no state.

import { parentPort } from 'node:worker_threads';
import { present } from '../lib/assert.ts';
import { isRejection } from '../types/rejection.ts';
import { type Address, decodeTransaction, transactionSender } from '../types/transaction.ts';
import { installBackends } from './backends.ts';
import type { SenderReply, SenderRequest } from './sender-pool.ts';

const port = present(parentPort, 'senders are recovered in a worker thread');
await installBackends();
port.on('message', ({ id, transactions }: SenderRequest) => {
  const reply: SenderReply = { id, senders: transactions.map(senderOf) };
  port.postMessage(reply);
});

function senderOf(bytes: Uint8Array): Address | null {
  const tx = decodeTransaction(bytes);
  if (isRejection(tx)) return null;
  const sender = transactionSender(tx);
  return isRejection(sender) ? null : sender;
}
