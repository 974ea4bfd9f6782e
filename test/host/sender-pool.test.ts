import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createSenderPool,
  type SenderPool,
  type SenderReply,
  type SenderRequest,
  startSenderWorker,
} from '../../node/host/sender-pool.ts';
import { EMPTY_BYTES, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex } from '../../node/lib/hashing.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import {
  encodeTransaction,
  knowsSenderOf,
  signTransaction,
  type Transaction,
  transactionSender,
} from '../../node/types/transaction.ts';

const KEY = keccak256(utf8ToBytes('sender pool'));
let nonce = 0n;

/** Transactions that nobody has asked the sender of. */
function fresh(count: number): Transaction[] {
  return Array.from({ length: count }, () =>
    signTransaction(
      {
        type: 0,
        chainId: 1n,
        nonce: nonce++,
        gasPrice: 1n,
        gasLimit: 21_000,
        to: `0x${'aa'.repeat(20)}`,
        value: 1n,
        data: EMPTY_BYTES,
      },
      KEY,
    ),
  );
}

const known = (txs: readonly Transaction[]): number =>
  txs.filter((tx) => knowsSenderOf(keccakHex(encodeTransaction(tx)))).length;

/** A thread that is moved by hand. */
function puppet() {
  const posted: SenderRequest[] = [];
  let reply: (reply: SenderReply) => void = () => {};
  let end: () => void = () => {};
  let terminated = 0;
  const worker = {
    post: (request: SenderRequest) => void posted.push(request),
    onReply(listener: typeof reply) {
      reply = listener;
    },
    onEnd(listener: typeof end) {
      end = listener;
    },
    terminate: async () => void terminated++,
  };
  return { worker, posted, reply: (r: SenderReply) => reply(r), end: () => end(), terminated: () => terminated };
}

describe('the sender pool', () => {
  let pool: SenderPool | null = null;
  afterEach(() => pool?.close());

  it('recovers in real threads what is not known, and nothing for bytes that are no transaction', async () => {
    pool = createSenderPool({ size: 2, createWorker: startSenderWorker, waitMsMax: 20_000 });
    const txs = fresh(40);
    const bytes = txs.map(encodeTransaction);
    const broken = { ...txs[0]!, signature: { r: 5n, s: 5n, yParity: 0 } };
    const hostile = [EMPTY_BYTES, Uint8Array.of(0xc0), Uint8Array.of(0x7f, 1), encodeTransaction(broken)];
    await pool.prime([...hostile, ...bytes]);
    expect(known(txs)).toBe(40);
    expect(hostile.filter((each) => knowsSenderOf(keccakHex(each)))).toEqual([]);
    for (const tx of txs) expect(transactionSender(tx)).toBe(addressOfKey(KEY));
    expect(pool.prime(bytes)).toBeUndefined(); // all are known now
  }, 30_000);

  it('starts no thread for a few signatures', () => {
    let started = 0;
    pool = createSenderPool({
      size: 2,
      createWorker() {
        started++;
        return puppet().worker;
      },
    });
    expect(pool.prime(fresh(15).map(encodeTransaction))).toBeUndefined();
    expect(started).toBe(0);
    expect(pool.prime(fresh(16).map(encodeTransaction))).toBeDefined();
    expect(started).toBe(1);
  });

  it('starts no more threads than four, however many the machine has', () => {
    let started = 0;
    pool = createSenderPool({
      size: 63,
      createWorker() {
        started++;
        return puppet().worker;
      },
    });
    expect(pool.prime(fresh(100).map(encodeTransaction))).toBeDefined();
    expect(started).toBe(4);
  });

  it('leaves the work to the core where the machine has no thread to give, and goes on with those that started', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const thread = puppet();
    let asked = 0;
    pool = createSenderPool({
      size: 2,
      createWorker() {
        if (++asked === 2) return thread.worker;
        throw new Error('no thread');
      },
    });
    const some = pool.prime(fresh(32).map(encodeTransaction));
    expect([asked, thread.posted.map(({ transactions }) => transactions.length)]).toEqual([4, [32]]);
    thread.end();
    await some;
    expect(pool.prime(fresh(32).map(encodeTransaction))).toBeUndefined();
    expect([asked, warned.mock.calls.length]).toEqual([4, 3]);
    warned.mockRestore();
  });

  it('primes nothing where a thread ends, and leaves the work to the core after three of them', async () => {
    const threads: ReturnType<typeof puppet>[] = [];
    pool = createSenderPool({
      size: 1,
      createWorker() {
        const thread = puppet();
        threads.push(thread);
        return thread.worker;
      },
    });
    for (let i = 0; i < 3; i++) {
      const txs = fresh(16);
      const priming = pool.prime(txs.map(encodeTransaction));
      threads[i]!.end();
      await priming;
      expect(known(txs)).toBe(0);
    }
    expect(pool.prime(fresh(16).map(encodeTransaction))).toBeUndefined();
    expect(threads.length).toBe(3);
  });

  it('lets an input go on when a thread is slow, remembers the late answer, and ends a thread that never answers', async () => {
    const thread = puppet();
    pool = createSenderPool({ size: 1, createWorker: () => thread.worker, waitMsMax: 1, answerMsMax: 60 });
    const [late, never] = [fresh(16), fresh(16)];
    await pool.prime(late.map(encodeTransaction));
    expect(known(late)).toBe(0);
    thread.reply({ id: thread.posted[0]!.id, senders: late.map(() => addressOfKey(KEY)) });
    expect(known(late)).toBe(16);
    await pool.prime(never.map(encodeTransaction));
    await expect.poll(thread.terminated).toBe(1);
    expect(known(never)).toBe(0);
  });

  it.each([
    ['none of the senders', 0, 0],
    ['fewer senders than it was asked for', 5, 5],
    ['more senders than it was asked for', 20, 16],
  ])('takes from an answer with %s what is there, and the input goes on', async (_, given, remembered) => {
    const thread = puppet();
    pool = createSenderPool({ size: 1, createWorker: () => thread.worker, waitMsMax: 20_000 });
    const txs = fresh(16);
    const priming = pool.prime(txs.map(encodeTransaction));
    const { id } = thread.posted[0]!;
    thread.reply({ id, senders: Array.from({ length: given }, () => addressOfKey(KEY)) });
    await priming;
    expect(known(txs)).toBe(remembered);
    expect(known(txs.slice(0, remembered))).toBe(remembered); // each its own, from the first on
  });

  it('takes no notice of a second answer, nor of one to what was never asked', async () => {
    const thread = puppet();
    pool = createSenderPool({ size: 1, createWorker: () => thread.worker, waitMsMax: 20_000 });
    const txs = fresh(16);
    const priming = pool.prime(txs.map(encodeTransaction));
    const { id } = thread.posted[0]!;
    const all = txs.map(() => addressOfKey(KEY));
    thread.reply({ id: id + 1, senders: all });
    expect(known(txs)).toBe(0);
    thread.reply({ id, senders: [] });
    thread.reply({ id, senders: all });
    await priming;
    expect(known(txs)).toBe(0);
  });

  it('takes no more than two messages of hostile size at a time', () => {
    const thread = puppet();
    pool = createSenderPool({ size: 1, createWorker: () => thread.worker });
    const junk = (salt: number) => Array.from({ length: 3_000 }, (_, i) => Uint8Array.of(salt, i & 255, i >> 8));
    expect(pool.prime(junk(1))).toBeDefined();
    expect(pool.prime(junk(2))).toBeDefined();
    expect(pool.prime(junk(3))).toBeUndefined();
    expect(thread.posted.map(({ transactions }) => transactions.length)).toEqual([2_048, 2_048]);
  });
});
