import { describe, expect, it } from 'vitest';
import { bytesToHex, concatBytes, type Hex, hexToBytes } from '../../../node/lib/bytes.ts';
import { asBytes, asList, decodeRlp, encodeRlp, type RlpItem } from '../../../node/lib/rlp.ts';
import { SIGNED_DIVISION } from '../../../scenarios/contracts/signed-division.ts';
import type { ExecutedEvent } from '../../../sim/check/follow.ts';
import { oneResult } from '../../../sim/check/p11-one-result.ts';
import { replayed } from '../../../sim/check/p12-replay.ts';
import { supply, supplyOver } from '../../../sim/check/p15-supply.ts';
import { neverAgain } from '../../../sim/check/p16-never-again.ts';
import { type Replayed, replayOf } from '../../../sim/check/replay.ts';
import { isExecuted, judge, keysOf, type Recording, record, reseal, tamper } from './record.ts';

const SEED = 'replayed';

/** A cut and a reorganisation under load, with a contract that destroys itself with what it was given, and one that stores a word. */
const STORY = await record({ seed: SEED }, { everyMs: 300 }, async (net) => {
  await net.height(3);
  await net.transact('n1', { to: null, data: '0x30ff', gas: 200_000, wei: 5n }); // ADDRESS SELFDESTRUCT
  await net.transact('n1', { to: null, data: '0x60015f55', gas: 200_000 }); // PUSH1 1 PUSH0 SSTORE
  await net.height(5);
  await net.partition(['n1', 'n3'], ['n2', 'n4', 'n5', 'f1']);
  await net.event('a halt', (o) => o.kind === 'event' && o.event.kind === 'halted');
  await net.heal();
  await net.blocks(3);
});

const HEADS = STORY.observations.flatMap((o) => (o.kind === 'event' && o.event.kind === 'head' ? [o.event] : []));
const CANONICAL = new Set(HEADS.flatMap(({ redone }) => redone.map(({ hash }) => hash)));
for (const { undone } of HEADS) for (const { hash } of undone) CANONICAL.delete(hash);
const executions = [
  ...new Map(STORY.observations.filter(isExecuted).map(({ event }) => [event.block.hash, event])).values(),
];
const loaded = (count: number): ExecutedEvent =>
  executions.filter(({ block, transactions }) => CANONICAL.has(block.hash) && transactions.length > 0)[count]!;

/** Every report of one block with some of its fields changed. The facts are others too: blocks with one hash are executed once for one network. */
const changed = (hash: Hex, change: Partial<ExecutedEvent>): Recording =>
  tamper({ ...STORY, facts: { ...STORY.facts } }, (o) =>
    isExecuted(o) && o.event.block.hash === hash ? { ...o, event: { ...o.event, ...change } } : o,
  );

/** The block's bytes with other transactions; its header stays, so its hash does too. */
function withTransactions(rlp: Hex, change: (transactions: readonly RlpItem[]) => readonly RlpItem[]): Hex {
  const [header, transactions, ...rest] = asList(decodeRlp(hexToBytes(rlp)), 'block');
  return bytesToHex(encodeRlp([header!, change(asList(transactions, 'transactions')), ...rest]));
}

describe('P12 finds', () => {
  it('nothing in a correct run with a reorganisation', () => {
    expect(judge(replayed, STORY)).toEqual([]);
  });

  it.each([
    ['stateRoot', 32, /: state root .*, the block says 0x0{64}$/],
    ['gasUsed', 0, /: \d+ gas, the block says 0$/],
  ] as const)('a %s that is another one when the block is executed again', (name, length, problem) => {
    const victim = loaded(1);
    const { rlp } = reseal(victim.rlp, { [name]: new Uint8Array(length) }, keysOf(SEED, 5).get(victim.sealer)!);
    const found = judge(replayed, changed(victim.block.hash, { rlp }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it('a transaction that is not valid in its place, at the first block where that is so', () => {
    const victim = loaded(1);
    const rlp = withTransactions(victim.rlp, (transactions) => [...transactions, transactions[0]!]);
    expect(judge(replayed, changed(victim.block.hash, { rlp }))).toEqual([
      expect.stringMatching(new RegExp(`^block ${victim.block.number} .*: transaction \\d+: nonce too low`)),
    ]);
  });

  it('what no comparison between nodes can see: all of them divide wrongly, alike', async () => {
    const everybody = new Map(['n1', 'n2', 'n3'].map((node) => [node, 'sdiv-rounds-down']));
    const plan = { seed: SEED, authorities: 3, followers: 0, faults: everybody };
    const wrong = await record(
      plan,
      null,
      async (net) => {
        const creation = await net.transact('n1', { to: null, data: SIGNED_DIVISION, gas: 200_000 });
        await net.mined(creation);
        const receipt = (await net.rpc('n1', 'eth_getTransactionReceipt', creation)) as { contractAddress: string };
        await net.mined(await net.transact('n1', { to: receipt.contractAddress, data: '0x', gas: 100_000 }));
      },
      (facts) => ({ ...facts, faulty: [] }),
    );
    expect(judge(oneResult, wrong)).toEqual([]);
    expect(judge(replayed, wrong)).toEqual([expect.stringMatching(/^block \d+ .*: state root .*, the block says /)]);
  });

  it('nothing where the watching began above the genesis', () => {
    const victim = loaded(1);
    const broken = changed(victim.block.hash, { rlp: loaded(0).rlp });
    expect(judge(replayed, broken)).toHaveLength(1);
    expect(judge(replayed, { ...broken, facts: { ...broken.facts, horizon: 1 } })).toEqual([]);
  });
});

describe('P15 finds', () => {
  it('nothing in a correct run, where a contract burned what it had', () => {
    expect(judge(supply, STORY)).toEqual([]);
    const burned = executions.map(({ block, rlp }) => replayOf(STORY.facts).block(block.hash, rlp));
    expect(burned.some((own) => own.kind === 'replayed' && own.hasDestruction)).toBe(true);
  });

  it.each([
    ['left out', 1n],
    ['used twice', -1n],
  ])('a nonce that is %s', (_, step) => {
    const victim = loaded(2);
    const [first] = victim.transactions;
    const transactions = [
      { ...first!, nonce: String(BigInt(first!.nonce) + step + (first!.nonce === '0' && step < 0n ? 2n : 0n)) },
    ];
    const found = judge(supply, changed(victim.block.hash, { transactions }));
    expect(found[0]).toMatch(
      new RegExp(`: block ${victim.block.number} has nonce ${transactions[0]!.nonce} of .*, ${first!.nonce} was next$`),
    );
  });

  const withBalances = (change: (own: Replayed, expected: bigint) => Partial<Replayed>) =>
    judge(
      supplyOver((facts) => {
        const replay = replayOf(facts);
        return {
          ...replay,
          block(hash, rlp) {
            const own = replay.block(hash, rlp);
            return own.kind === 'replayed' && hash === loaded(1).block.hash
              ? { ...own, ...change(own, own.supply) }
              : own;
          },
        };
      }),
      STORY,
    );

  it('a wei that came from nowhere, and one that went there', () => {
    const evidence = [
      expect.stringMatching(new RegExp(`^block ${loaded(1).block.number} .*: balances add up to \\d+, expected \\d+$`)),
    ];
    expect(withBalances((_, expected) => ({ supply: expected + 1n, hasDestruction: false }))).toEqual(evidence);
    expect(withBalances((_, expected) => ({ supply: expected - 1n, hasDestruction: false }))).toEqual(evidence);
  });

  it('a wei too much where a contract destroyed itself, and none too little', () => {
    const plain = (own: Replayed, by: bigint): Partial<Replayed> => {
      const header = asList(asList(decodeRlp(hexToBytes(loaded(1).rlp)), 'block')[0], 'header');
      const baseFee = BigInt(bytesToHex(asBytes(header[15], 'base fee')));
      return { supply: own.supplyBefore - baseFee * BigInt(own.gasUsed) + by, hasDestruction: true };
    };
    expect(withBalances((own) => plain(own, 1n))).toHaveLength(1);
    expect(withBalances((own) => plain(own, -1n))).toEqual([]);
  });
});

describe('P16 finds', () => {
  const typed = (item: RlpItem, chainId: number): RlpItem => {
    const bytes = asBytes(item, 'transaction');
    const [, ...rest] = asList(decodeRlp(bytes.subarray(1)), 'fields');
    return concatBytes(bytes.subarray(0, 1), encodeRlp([Uint8Array.of(chainId), ...rest]));
  };
  /** A transaction from before EIP-2718 with that v; 27 and 28 are for any chain. */
  const legacy = (v: number): RlpItem => [
    ...Array.from({ length: 6 }, () => Uint8Array.of(1)),
    Uint8Array.of(v >> 8, v & 255),
    Uint8Array.of(1),
    Uint8Array.of(1),
  ];
  const plant = (at: number, change: (transactions: readonly RlpItem[]) => readonly RlpItem[]) =>
    judge(neverAgain, changed(loaded(at).block.hash, { rlp: withTransactions(loaded(at).rlp, change) }));
  const transactionsOf = (at: number): readonly RlpItem[] =>
    asList(asList(decodeRlp(hexToBytes(loaded(at).rlp)), 'block')[1], 'transactions');

  it('nothing in a correct run', () => {
    expect(judge(neverAgain, STORY)).toEqual([]);
  });

  it('a transaction for another chain, of either form', () => {
    expect(plant(1, ([tx, ...rest]) => [typed(tx!, 1), ...rest])).toEqual([
      expect.stringMatching(/executed 0x[0-9a-f]{64}, which is for chain 1 and not for 1337, in block \d+$/),
    ]);
    expect(plant(1, (transactions) => [...transactions, legacy(37)])).toHaveLength(1);
    expect(plant(1, (transactions) => [...transactions, legacy(35 + 2 * 1_337)])).toEqual([]);
    expect(plant(1, (transactions) => [...transactions, legacy(36 + 2 * 1_337)])).toEqual([]);
    expect(plant(1, (transactions) => [...transactions, legacy(28)])).toEqual([]);
  });

  it('a transaction that an ancestor holds, or the block itself', () => {
    expect(plant(2, (transactions) => [...transactions, transactionsOf(0)[0]!])).toEqual([
      expect.stringMatching(
        new RegExp(
          `, which stands in block ${loaded(0).block.number} of the same chain, in block ${loaded(2).block.number}$`,
        ),
      ),
    ]);
    expect(plant(2, (transactions) => [...transactions, transactions[0]!])).toHaveLength(1);
  });

  it('none that only another branch holds', () => {
    const side = executions.find(({ block }) => !CANONICAL.has(block.hash));
    expect(side).toBeDefined();
    const number = side!.block.number;
    const above = executions.find(({ block }) => CANONICAL.has(block.hash) && block.number === number)!;
    const both = [side!, above].reduce(
      (recording, event) =>
        tamper(recording, (o) =>
          isExecuted(o) && o.event.block.hash === event.block.hash
            ? {
                ...o,
                event: { ...o.event, rlp: withTransactions(event.rlp, () => [legacy(28)]) },
              }
            : o,
        ),
      STORY,
    );
    expect(judge(neverAgain, both)).toEqual([]);
  });
});
