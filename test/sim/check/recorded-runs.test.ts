import { describe, expect, it } from 'vitest';
import { bigintToBytes, bytesToBigint, type Hex, hexToBytes } from '../../../node/lib/bytes.ts';
import { addressOfKey } from '../../../node/lib/signatures.ts';
import type { ExecutedEvent } from '../../../sim/check/follow.ts';
import { validBlocks } from '../../../sim/check/p03-valid-blocks.ts';
import { noRepeat } from '../../../sim/check/p09-no-repeat.ts';
import { reorganisations } from '../../../sim/check/p10-reorganisations.ts';
import { oneResult } from '../../../sim/check/p11-one-result.ts';
import { once } from '../../../sim/check/p14-once.ts';
import { oneSeal } from '../../../sim/check/p18-one-seal.ts';
import { named } from '../../../sim/check/p20-named.ts';
import { PROPERTIES } from '../../../sim/check/properties.ts';
import {
  type HeaderChange,
  headerField,
  isExecuted,
  judge,
  keysOf,
  type Recording,
  record,
  reseal,
  tamper,
} from './record.ts';

const SEED = 'recorded';
const KEYS = keysOf(SEED, 5);

/** A cut, a reorganisation, a death and a return, under load. */
const STORY = await record({ seed: SEED }, { everyMs: 300 }, async (net) => {
  await net.height(5);
  await net.partition(['n1', 'n3'], ['n2', 'n4', 'n5', 'f1']);
  await net.event('a reorganisation to come', (o) => o.kind === 'event' && o.event.kind === 'halted');
  await net.heal();
  await net.blocks(3);
  await net.kill('n4');
  await net.blocks(2);
  await net.start('n4');
  await net.blocks(2);
});

/** A machine that goes wrong at a transaction, named by the others. */
const FAULTY = await record({ seed: SEED, faults: new Map([['n4', 'sstore-costs-one-more']]) }, null, async (net) => {
  await net.height(2);
  await net.transact('n1', { to: null, data: '0x60015f55', gas: 200_000 }); // PUSH1 1 PUSH0 SSTORE
  await net.event('a divergence', (o) => o.kind === 'event' && o.node !== 'n4' && o.event.kind === 'divergence');
  await net.blocks(2, ['n1', 'n2', 'n3', 'n5']);
});

const executions = STORY.observations.filter(isExecuted).map(({ event }) => event);
/** A block in the middle of the chain that a signer sealed in turn, and its parent, before the cut. */
const VICTIM = executions.find(({ block, inTurn }) => block.number === 4 && inTurn)!;
const PARENT = executions.find(({ block }) => block.hash === VICTIM.parentHash)!;

/** The recording up to the first report of the victim, which is another block by now; what comes behind would only repeat it. */
function replaceVictim(change: Partial<ExecutedEvent>): Recording {
  const at = STORY.observations.findIndex((o) => isExecuted(o) && o.event.block.hash === VICTIM.block.hash);
  const observations = STORY.observations.slice(0, at + 1);
  return tamper({ ...STORY, observations }, (o, i) =>
    i === at && isExecuted(o) ? { ...o, event: { ...o.event, ...change } } : o,
  );
}

/** The same with other header fields, sealed anew by the given key: the sealer's own unless it is said. */
function withHeader(change: HeaderChange, key = KEYS.get(VICTIM.sealer)!): Recording {
  const { rlp, hash } = reseal(VICTIM.rlp, change, key);
  return replaceVictim({ rlp, block: { ...VICTIM.block, hash } });
}

const number = (value: bigint): Uint8Array => bigintToBytes(value);
const field = (of: ExecutedEvent, name: Parameters<typeof headerField>[1]): bigint =>
  bytesToBigint(headerField(of.rlp, name));
const GAS_STEP = field(PARENT, 'gasLimit') / 1_024n;
const STRANGER = new Uint8Array(32).fill(7);

describe('a clean run', () => {
  it.each(PROPERTIES)('is not flagged by $id', (property) => {
    expect(judge(property, STORY)).toEqual([]);
    expect(judge(property, FAULTY)).toEqual([]);
  });

  it('has what the properties speak of: a reorganisation, a halting side, a restart, a divergence', () => {
    const kinds = (recording: Recording) =>
      new Set(recording.observations.map((o) => (o.kind === 'event' ? o.event.kind : o.kind)));
    for (const kind of ['halted', 'resumed', 'process', 'network', 'sealed'] as const)
      expect(kinds(STORY)).toContain(kind);
    expect(kinds(FAULTY)).toContain('divergence');
    const depths = STORY.observations.map((o) =>
      o.kind === 'event' && o.event.kind === 'head' ? o.event.undone.length : 0,
    );
    expect(Math.max(...depths)).toBeGreaterThan(0);
  });
});

/** Extra data with other bytes than zero at the beginning, and at one more place. */
function vanity(first: number, further = 0): Uint8Array {
  return Uint8Array.from({ length: 97 }, (_, i) => (i === 0 ? first : i === further ? 9 : 0));
}

describe('P3 finds a block', () => {
  it('only where something is wrong with it: sealed anew without a change it is accepted', () => {
    expect(judge(validBlocks, withHeader({}))).toEqual([]);
  });

  it.each<[string, HeaderChange, RegExp]>([
    ['with another number', { number: number(5n) }, /: number 5 after 3/],
    ['within the period of its parent', { timestamp: number(field(PARENT, 'timestamp')) }, /: timestamp/],
    [
      'whose gas limit rises by a whole step',
      { gasLimit: number(field(PARENT, 'gasLimit') + GAS_STEP) },
      /: gas limit/,
    ],
    [
      'whose gas limit falls by a whole step',
      { gasLimit: number(field(PARENT, 'gasLimit') - GAS_STEP) },
      /: gas limit/,
    ],
    ['that used more gas than its limit', { gasUsed: number(field(VICTIM, 'gasLimit') + 1n) }, /: gas used/],
    ['with a base fee one wei too high', { baseFee: number(field(VICTIM, 'baseFee') + 1n) }, /: base fee/],
    ['with ommers', { ommersHash: new Uint8Array(32) }, /: ommersHash/],
    ['with a nonce', { nonce: new Uint8Array(8).fill(0xff) }, /: nonce 0xffffffffffffffff/],
    ['with a byte too much of extra data', { extraData: new Uint8Array(98) }, /: 98 bytes of extraData/],
    ['with a vote of no kind', { extraData: vanity(3) }, /: a vote of the kind 3/],
    ['with a vote and words behind it', { extraData: vanity(1, 31) }, /: something behind the vote/],
    ['with withdrawals', { withdrawalsRoot: new Uint8Array(32) }, /: withdrawalsRoot/],
    ['with blob gas', { blobGasUsed: number(1n) }, /: blob gas 1, excess 0/],
    ['with an excess of blob gas', { excessBlobGas: number(1n) }, /: blob gas 0, excess 1/],
    ['with a beacon root', { parentBeaconBlockRoot: new Uint8Array(32).fill(1) }, /: parentBeaconBlockRoot/],
    ['with another mixHash', { mixHash: new Uint8Array(32) }, /: mixHash/],
    ['for another miner', { miner: hexToBytes(PARENT.sealer) }, /: miner .*, sealed by/],
    ['in turn with the difficulty of one out of turn', { difficulty: number(1n) }, /: difficulty 1 in turn/],
    ['with a difficulty of 3', { difficulty: number(3n) }, /: difficulty 3 in turn/],
    ['with another state root than was computed', { stateRoot: new Uint8Array(32) }, /: its roots are not those/],
  ])('%s', (_, change, problem) => {
    const found = judge(validBlocks, withHeader(change));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it.each<[string, HeaderChange]>([
    ['whose gas limit rises by less than a step', { gasLimit: number(field(PARENT, 'gasLimit') + GAS_STEP - 1n) }],
    ['whose gas limit falls by less than a step', { gasLimit: number(field(PARENT, 'gasLimit') - GAS_STEP + 1n) }],
    ['a second later', { timestamp: number(field(VICTIM, 'timestamp') + 1n) }],
  ])('not, %s', (_, change) => {
    expect(judge(validBlocks, withHeader(change))).toEqual([]);
  });

  it('sealed by a stranger', () => {
    const miner = hexToBytes(addressOfKey(STRANGER));
    expect(judge(validBlocks, withHeader({ miner }, STRANGER))[0]).toMatch(/: sealed by 0x.*, who is no signer/);
  });

  it('sealed out of turn with the difficulty of one in turn', () => {
    const [other, key] = [...KEYS].find(([signer]) => !recentSealers().includes(signer))!;
    const miner = hexToBytes(other);
    expect(judge(validBlocks, withHeader({ miner }, key))[0]).toMatch(/: difficulty 2 out of turn/);
    expect(judge(validBlocks, withHeader({ miner, difficulty: number(1n) }, key))).toEqual([]);
  });

  it.each([1, 2])('whose signer sealed %i blocks before', (back) => {
    const signer = recentSealers()[back]!;
    const change = { miner: hexToBytes(signer), difficulty: number(1n) };
    expect(judge(validBlocks, withHeader(change, KEYS.get(signer)))[0]).toMatch(/ too, within 3 blocks/);
  });

  it('that hashes to something else than was reported', () => {
    expect(
      judge(
        validBlocks,
        replaceVictim({ block: { ...VICTIM.block, hash: PARENT.block.hash.replace(/.$/, '0') as Hex } }),
      )[0],
    ).toMatch(/its bytes hash to/);
  });

  it('whose parent was never imported', () => {
    const orphaned = tamper(STORY, (o) => (isExecuted(o) && o.event.block.hash === PARENT.block.hash ? null : o));
    const found = judge(validBlocks, orphaned);
    expect(found[0]).toMatch(/its parent 0x[0-9a-f]{64} was never imported/);
    // Where a node found it in its store at a start, a life may have ended before it could tell of it.
    const [first] = orphaned.observations.filter((o) => o.kind === 'event' && o.event.kind === 'started');
    if (first?.kind !== 'event' || first.event.kind !== 'started') throw new Error('no start');
    const event = { ...first.event, stored: { from: 0, hashes: [PARENT.block.hash] } };
    expect(
      judge(
        validBlocks,
        tamper(orphaned, (o) => (o === first ? { ...o, event } : o)),
      ),
    ).toEqual([]);
  });

  it('of a faulty node never: it is not asked what it imports', () => {
    const observed = withHeader({ difficulty: number(3n) });
    const last = observed.observations.at(-1)!;
    const faulty = last.kind === 'event' ? [last.node] : [];
    expect(judge(validBlocks, { ...observed, facts: { ...observed.facts, faulty } })).toEqual([]);
  });
});

/** The sealers of the victim, of its parent and of the block before. */
function recentSealers(): Hex[] {
  const before = executions.find(({ block }) => block.hash === PARENT.parentHash)!;
  return [VICTIM, PARENT, before].map(({ sealer }) => sealer);
}

describe('P11 finds', () => {
  const zero: Hex = `0x${'00'.repeat(32)}`;
  /** The node's second report of the victim or later, so that there is one to compare with. */
  const changeOwn = (node: string, own: Partial<ExecutedEvent['own']>): Recording =>
    tamper(STORY, (o) =>
      isExecuted(o) && o.node === node && o.event.block.hash === VICTIM.block.hash
        ? { ...o, event: { ...o.event, own: { ...o.event.own, ...own } } }
        : o,
    );
  const reporters = STORY.observations.filter((o) => isExecuted(o) && o.event.block.hash === VICTIM.block.hash);
  const [first, second] = reporters.map((o) => (o.kind === 'event' ? o.node : '')) as [string, string];

  it.each([
    ['stateRoot', { stateRoot: zero }],
    ['receiptsRoot', { receiptsRoot: zero }],
    ['gasUsed', { gasUsed: 1 }],
    ['logsBloom', { logsBloom: '0x00' as Hex }],
  ])('another %s on one node', (name, own) => {
    const found = judge(oneResult, changeOwn(second, own));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`block 4 .*: ${name} is .* on ${first} and .* on ${second}`));
  });

  it('a node that accepts what is not its own result, and one that refuses what is', () => {
    expect(judge(oneResult, changeOwn(first, { stateRoot: zero }))[0]).toMatch(
      new RegExp(`${first} accepts it, its own result is not the header's`),
    );
    const refused = tamper(STORY, (o) =>
      o === reporters[0] && isExecuted(o) ? { ...o, event: { ...o.event, agrees: false } } : o,
    );
    expect(judge(oneResult, refused)[0]).toMatch(new RegExp(`${first} refuses it, its own result is the header's`));
  });

  it('nothing in a refusal of a block that names other requests, and a refusal of one that names the right ones', () => {
    const { rlp, hash } = reseal(VICTIM.rlp, { requestsHash: new Uint8Array(32) }, KEYS.get(VICTIM.sealer)!);
    const block = { ...VICTIM.block, hash };
    expect(judge(oneResult, replaceVictim({ rlp, block, agrees: false }))).toEqual([]);
    expect(judge(oneResult, replaceVictim({ rlp, block, agrees: false, requestsHash: zero }))).toHaveLength(1);
    expect(judge(oneResult, replaceVictim({ agrees: false }))).toHaveLength(1);
  });

  it('other requests on one node', () => {
    const changed = tamper(STORY, (o) =>
      isExecuted(o) && o.node === second && o.event.block.hash === VICTIM.block.hash
        ? { ...o, event: { ...o.event, requestsHash: zero } }
        : o,
    );
    expect(judge(oneResult, changed)).toHaveLength(1);
  });

  it('nothing on a faulty node', () => {
    const changed = changeOwn(second, { stateRoot: zero });
    expect(judge(oneResult, { ...changed, facts: { ...changed.facts, faulty: [second] } })).toEqual([]);
  });
});

describe('a real run with one word changed is found by', () => {
  const reorganised = STORY.observations.findIndex(
    (o) => o.kind === 'event' && o.event.kind === 'head' && o.event.undone.length > 0,
  );

  it('P10, where a reorganisation loses an undone block', () => {
    const changed = tamper(STORY, (o, at) =>
      at === reorganised && o.kind === 'event' && o.event.kind === 'head'
        ? { ...o, event: { ...o.event, undone: o.event.undone.slice(1) } }
        : o,
    );
    expect(judge(reorganisations, changed).length).toBeGreaterThan(0);
  });

  it('P9, where two blocks in a row have one sealer', () => {
    const changed = tamper(STORY, (o) =>
      isExecuted(o) && o.event.block.hash === VICTIM.block.hash
        ? { ...o, event: { ...o.event, sealer: PARENT.sealer } }
        : o,
    );
    expect(judge(noRepeat, changed)[0]).toMatch(/holds blocks 3 and 4 by/);
  });

  it('P14, where a block repeats a transaction of its parent', () => {
    const loaded = executions.find(
      ({ transactions, parentHash }) =>
        transactions.length > 0 && executions.some((e) => e.block.hash === parentHash && e.transactions.length === 0),
    )!;
    const changed = tamper(STORY, (o) =>
      isExecuted(o) && o.event.block.hash === loaded.parentHash
        ? { ...o, event: { ...o.event, transactions: loaded.transactions } }
        : o,
    );
    expect(judge(once, changed).length).toBeGreaterThan(0);
  });

  it('P18, where a signer has sealed a second block on a parent', () => {
    const { rlp, hash } = reseal(
      VICTIM.rlp,
      { timestamp: number(field(VICTIM, 'timestamp') + 1n) },
      KEYS.get(VICTIM.sealer)!,
    );
    const twin = { ...VICTIM, rlp, block: { ...VICTIM.block, hash } };
    const observations = [...STORY.observations, { kind: 'event', atMs: 0, node: 'f1', event: twin } as const];
    expect(judge(oneSeal, { ...STORY, observations })).toHaveLength(1);
    expect(judge(validBlocks, { ...STORY, observations })).toEqual([]); // nothing else is wrong with it
  });

  it('P20, where nobody names the faulty machine, or another is named', () => {
    const silent = tamper(FAULTY, (o) => (o.kind === 'event' && o.event.kind === 'divergence' ? null : o));
    expect(judge(named, silent)[0]).toMatch(/^n4 was wrong first at block \d+, named never$/);
    const slandered = tamper(FAULTY, (o) =>
      o.kind === 'event' && o.event.kind === 'divergence'
        ? {
            ...o,
            event: { ...o.event, results: o.event.results.map((r) => (r.node === 'n4' ? { ...r, node: 'n1' } : r)) },
          }
        : o,
    );
    expect(judge(named, slandered)[0]).toMatch(/says that n1 has root/);
  });
});
