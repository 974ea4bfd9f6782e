// Signed transfers made in advance, and the load that sends them: over HTTP, in batches, to all nodes at once, as fast as the pools take them.

import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { bytesToHex, EMPTY_BYTES, type Hex, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import { type Address, encodeTransaction, signTransaction } from '../../node/types/transaction.ts';
import { type Call, call, callBatch } from './batch-client.ts';

export const CHAIN_ID = 1337n;

/** A sender with its transfers by nonce, from 0. */
export type Sender = { readonly address: Address; readonly transfers: readonly Hex[] };

const GWEI = 10n ** 9n;
const ETHER = 10n ** 18n;
/** Above any base fee that full blocks reach within a minute or so. */
const FEES = { maxFeePerGas: 10_000n * GWEI, maxPriorityFeePerGas: GWEI };
const GRANT = 1_000n * ETHER;

/** Signs the transfers of so many senders, each to another account that exists. */
export function signTransfers(senders: number, each: number): readonly Sender[] {
  const keys = Array.from({ length: senders }, (_, i) => keccak256(utf8ToBytes(`bench sender ${i}`)));
  return keys.map((key, i) => {
    const to = addressOfKey(keys[(i + 1) % senders] ?? key);
    const transfers = Array.from({ length: each }, (_, nonce) => signTransfer(key, BigInt(nonce), to, 1n));
    return { address: addressOfKey(key), transfers };
  });
}

/** Gives every sender its funds, from the development accounts in turn, and waits until all have them. */
export async function fund(url: string, senders: readonly Sender[]): Promise<void> {
  const grants = senders.map(({ address }, i) => {
    const from = DEVELOPMENT_ACCOUNTS[i % DEVELOPMENT_ACCOUNTS.length];
    if (from === undefined) throw new Error('no development accounts');
    const nonce = BigInt(Math.floor(i / DEVELOPMENT_ACCOUNTS.length));
    return signTransfer(hexToBytes(from.privateKey), nonce, address, GRANT);
  });
  await expectAll(
    url,
    grants.map((raw) => ['eth_sendRawTransaction', raw] as const),
  );
  for (;;) {
    const balances = await expectAll(
      url,
      senders.map(({ address }) => ['eth_getBalance', address, 'latest'] as const),
    );
    if (balances.every((balance) => BigInt(String(balance)) > 0n)) return;
    await pause(POLL_MS);
  }
}

export type Load = {
  /** Ends the load and waits for what is under way. */
  readonly stop: () => Promise<void>;
  readonly sent: () => number;
  /** Answers with an error: pools that are full, mostly. What was refused is sent again. */
  readonly refused: () => number;
};

const POLL_MS = 200;
const BATCH = 50;

/**
 * Sends to every node the transfers of its share of the senders, in order, as long as a sender has less than `waitingMax` of them in the
 * pool.
 */
export function startLoad(urls: readonly string[], senders: readonly Sender[], waitingMax: number): Load {
  const lanes = senders.map((sender) => ({ sender, next: 0, mined: 0 }));
  let isOver = false;
  let sent = 0;
  let refused = 0;

  const serve = async (url: string, own: typeof lanes): Promise<void> => {
    let polledMs = 0;
    while (!isOver) {
      if (performance.now() - polledMs > POLL_MS) {
        polledMs = performance.now();
        const nonces = await expectAll(
          url,
          own.map(({ sender }) => ['eth_getTransactionCount', sender.address, 'latest'] as const),
        );
        for (const [i, lane] of own.entries()) lane.mined = Number(nonces[i]);
      }
      const batch = nextBatch(own, waitingMax);
      if (batch.length === 0) {
        await pause(POLL_MS / 4);
        continue;
      }
      const answers = await callBatch(
        url,
        batch.map(({ raw }) => ['eth_sendRawTransaction', raw] as const),
      );
      let isRefused = false;
      for (const [i, answer] of answers.entries()) {
        const item = batch[i];
        if (item === undefined || !('error' in answer) || /known|nonce too low/i.test(answer.error)) continue;
        item.lane.next = Math.min(item.lane.next, item.nonce);
        refused += 1;
        isRefused = true;
      }
      sent += batch.length;
      if (isRefused) await pause(POLL_MS);
    }
  };

  const serving = urls.map((url, n) =>
    serve(
      url,
      lanes.filter((_, i) => i % urls.length === n),
    ),
  );
  return {
    async stop() {
      isOver = true;
      await Promise.all(serving);
    },
    sent: () => sent - refused,
    refused: () => refused,
  };
}

type Lane = { readonly sender: Sender; next: number; mined: number };

/** Takes the same number from every sender that may send, so that none runs ahead. */
function nextBatch(lanes: readonly Lane[], waitingMax: number): { raw: Hex; lane: Lane; nonce: number }[] {
  const batch: { raw: Hex; lane: Lane; nonce: number }[] = [];
  for (let isAny = true; isAny && batch.length < BATCH; ) {
    isAny = false;
    for (const lane of lanes) {
      const raw = lane.sender.transfers[lane.next];
      if (raw === undefined || lane.next - lane.mined >= waitingMax || batch.length >= BATCH) continue;
      batch.push({ raw, lane, nonce: lane.next });
      lane.next += 1;
      isAny = true;
    }
  }
  return batch;
}

async function expectAll(url: string, calls: readonly Call[]): Promise<readonly unknown[]> {
  const answers = await callBatch(url, calls);
  return answers.map((answer, i) => {
    if ('error' in answer) throw new Error(`${calls[i]?.[0]} at ${url}: ${answer.error}`);
    return answer.result;
  });
}

function signTransfer(key: Uint8Array, nonce: bigint, to: Address, value: bigint): Hex {
  const fields = {
    type: 2,
    chainId: CHAIN_ID,
    nonce,
    to,
    value,
    gasLimit: 21_000,
    data: EMPTY_BYTES,
    accessList: [],
  } as const;
  return bytesToHex(encodeTransaction(signTransaction({ ...fields, ...FEES }, key)));
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** The node's height. */
export async function heightOf(url: string): Promise<number> {
  return Number(await call(url, 'eth_blockNumber'));
}
