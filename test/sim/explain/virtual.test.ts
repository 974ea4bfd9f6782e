import { describe, expect, it } from 'vitest';
import type { NodeAccess } from '../../../sim/explain/access.ts';
import { explain } from '../../../sim/explain/explain.ts';
import type { Explanation } from '../../../sim/explain/explanation.ts';
import type { PartedStep } from '../../../sim/explain/find-step.ts';
import { tellAgreement, tellExplanation } from '../../../sim/explain/story.ts';
import { machineFaults } from '../../../sim/faults/machines.ts';
import { accesses, agreementOf, deploy, explanationOf, open, type Played } from './network.ts';
import { EXPECTED } from './probe.ts';

const CORRECT = ['n1', 'n2', 'n3', 'n5'];
const stepOf = ({ step }: Explanation): PartedStep => {
  if (step?.kind !== 'parted') throw new Error(`no step: ${step?.kind}`);
  return step.step;
};
const slotsOf = ({ state }: Explanation): number[] =>
  state?.accounts.flatMap(({ slots }) => slots.map(({ slot }) => Number(slot))) ?? [];

/** Calls what a fault gets wrong, behind a transfer. */
async function call({ net }: Played, fault: string, contract: string, via = 'n1'): Promise<string> {
  await net.transfer(via, { from: 1 });
  return net.transact(via, { to: contract, data: EXPECTED[fault]!.data, gas: 200_000 });
}

/** Parts everybody, but for who is with n4, before a block that is n4's turn, and lets n4 seal the call into it. */
async function sealAlone(played: Played, fault: string, contract: string, beside: readonly string[]): Promise<string> {
  const { net } = played;
  await net.height(7);
  await net.partition(['n4', ...beside], ...CORRECT.filter((name) => !beside.includes(name)).map((name) => [name]));
  const hash = await call(played, fault, contract, 'n4');
  await net.event(
    'n4 to seal it',
    (o) =>
      o.kind === 'event' &&
      o.node === 'n4' &&
      o.event.kind === 'transaction' &&
      o.event.fate === 'mined' &&
      o.event.hash === hash,
  );
  return hash;
}

describe.each(Object.keys(EXPECTED))('a machine that goes wrong: %s', (fault) => {
  const { opcode, slot, line } = EXPECTED[fault]!;
  const expectRight = (found: Explanation, hash: string, contract: string): void => {
    expect(found.culprits).toEqual(['n4']);
    expect(found.part?.transaction?.hash).toBe(hash);
    expect(stepOf(found)).toMatchObject({ opName: opcode, address: contract, depth: 1 });
    expect(stepOf(found).source?.text).toMatch(line);
    expect(slotsOf(found)).toEqual(slot === null ? [] : [slot]);
    expect(found.referee).toMatchObject({ agrees: CORRECT });
  };

  it('is explained to block, transaction, slot, opcode and line where it refused the block', async () => {
    const played = open({ n4: fault });
    const { net } = played;
    const contract = await deploy(played, CORRECT);
    const hash = await call(played, fault, contract);
    const { number, hash: block } = await net.mined(hash, CORRECT);
    await net.blocks(1, CORRECT);
    const found = await explanationOf(played);
    expect(found.block).toMatchObject({ number, hash: block });
    expect(found.common.height).toBe(number - 1);
    expectRight(found, hash, contract);
    expect(found.groups.map(({ isClaimed }) => isClaimed)).toEqual([true, false]);
  });

  it('is explained alike where it sealed the block, and the others refused it', async () => {
    const played = open({ n4: fault });
    const { net } = played;
    const contract = await deploy(played, CORRECT);
    const hash = await sealAlone(played, fault, contract, ['n1']);
    await net.event(
      'n1 to refuse it',
      (o) => o.kind === 'event' && o.node === 'n1' && o.event.kind === 'executed' && !o.event.agrees,
    );
    const found = await explanationOf(played);
    expect(found.block.sealedBy).toBe('n4');
    expectRight(found, hash, contract);
    expect(found.groups.map(({ isClaimed }) => isClaimed)).toEqual([false, true]);
  });
});

it('knows every faulty machine that there is', () => {
  expect(machineFaults().map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(EXPECTED)));
  expect(machineFaults().length).toBe(Object.keys(EXPECTED).length);
});

describe('a verdict', () => {
  it('names nobody where two stand against two, and the fresh machine still says who is right', async () => {
    const played = open({ n3: 'clz-counts-from-zero', n4: 'clz-counts-from-zero' }, { authorities: 4 });
    const contract = await deploy(played, ['n1', 'n2']);
    const hash = await call(played, 'clz-counts-from-zero', contract);
    await played.net.event(
      'a divergence',
      (o) => o.kind === 'event' && o.event.kind === 'divergence' && o.event.results.length === 4,
    );
    const found = await explanationOf(played);
    expect(found.culprits).toEqual([]);
    expect(found.groups.map(({ nodes }) => nodes)).toEqual([
      ['n1', 'n2'],
      ['n3', 'n4'],
    ]);
    expect(found.part?.transaction?.hash).toBe(hash);
    expect(found.referee).toMatchObject({ agrees: ['n1', 'n2'] });
    expect(tellExplanation(found).join('\n')).toMatch(
      /No culprit: no result has more than half of the 4 nodes behind it\./,
    );
  });

  it('is of the nodes that are asked about', async () => {
    const played = open({ n4: 'clz-counts-from-zero' });
    const contract = await deploy(played, CORRECT);
    const hash = await call(played, 'clz-counts-from-zero', contract);
    await played.net.mined(hash, CORRECT);
    expect((await explanationOf(played, ['n1', 'n4'])).culprits).toEqual([]);
    expect((await agreementOf(played, CORRECT)).nodes).toEqual(CORRECT);
  });
});

describe('no divergence', () => {
  it('is said of a network that is well, with the height', async () => {
    const played = open({});
    await played.net.height(5);
    const found = await agreementOf(played);
    expect(found).toMatchObject({ height: 5, forks: [], claims: [] });
    expect(tellAgreement(found)).toEqual([
      'no divergence: n1, n2, n3, n4 and n5 computed the same for every block up to 5',
    ]);
  });

  it('is said of a slow machine', async () => {
    const played = open({});
    await played.net.height(2);
    await played.net.machine({ kind: 'slow', node: 'n3', msPerBlock: 700 });
    await played.net.blocks(4, ['n1', 'n2', 'n4', 'n5']);
    expect((await agreementOf(played)).forks.length).toBeLessThanOrEqual(1);
  });

  it('is said of two branches, which are a fork', async () => {
    const played = open({}, { signerLimit: 1 });
    const { net } = played;
    await net.height(3);
    await net.partition(['n1', 'n2'], ['n3', 'n4', 'n5']);
    await net.blocks(3);
    const { forks } = await agreementOf(played, ['n1', 'n3']);
    expect(forks).toEqual([{ nodes: ['n1', 'n3'], common: expect.any(Number) }]);
    expect(tellAgreement(await agreementOf(played, ['n1', 'n3']))[1]).toMatch(
      /n1 and n3 stand on different branches since block \d+/,
    );
  });

  it('is said of a block whose header lies, which everybody refused', async () => {
    const played = open({ n2: 'invalid-state-root' });
    const { net } = played;
    await net.event(
      'a refusal',
      (o) =>
        o.kind === 'event' && o.node === 'n1' && o.event.kind === 'rejected' && o.event.code === 'block-state-root',
    );
    const { claims } = await agreementOf(played, ['n1', 'n3', 'n4']);
    expect(claims.length).toBeGreaterThan(0);
  });
});

it('finds the fork of two chains without anything kept, and asks each side about the other’s block', async () => {
  const played = open({ n4: 'clz-counts-from-zero' });
  const contract = await deploy(played, CORRECT);
  const hash = await sealAlone(played, 'clz-counts-from-zero', contract, []);
  // Still apart: nobody refused anything, and n1 has never seen n4's block.
  const found = await explanationOf(played, ['n1', 'n4']);
  expect(found.part?.transaction?.hash).toBe(hash);
  expect(stepOf(found).opName).toBe('CLZ');
});

it('names the transaction that a machine refuses, not an earlier one of whose receipt it says nothing', async () => {
  const played = open({ n4: 'clz-counts-from-zero' });
  const contract = await deploy(played, CORRECT);
  await played.net.transact('n1', { to: contract, data: EXPECTED['sdiv-rounds-down']!.data, gas: 200_000 });
  const data = EXPECTED['clz-counts-from-zero']!.data;
  const hash = await played.net.transact('n1', { to: contract, data, gas: 200_000 });
  const { hash: block } = await played.net.mined(hash, CORRECT);
  await played.net.blocks(1, CORRECT);
  const { genesis } = played.cluster.facts;
  const nodes = accesses(played, ['n1', 'n2', 'n4']).map(
    (node): NodeAccess => (node.name === 'n4' ? refusing(node, hash) : node),
  );
  const found = await explain(nodes, { genesis, sealers: new Map(), contracts: [] });
  if (!('explanation' in found)) throw new Error('no divergence was found');
  const { part, block: explained } = found.explanation;
  expect(explained.hash).toBe(block);
  expect(part?.part).toBe(1);
  expect(part?.transaction?.hash).toBe(hash);
  expect(part?.refusals).toEqual([null, 'it has had enough']);
});

/** The node, but for its machine, which now stops at a transaction. */
function refusing({ name, ask }: NodeAccess, hash: string): NodeAccess {
  return {
    name,
    async ask(method, params) {
      const answer = await ask(method, params);
      if (method !== 'lockstep_intermediateRoots') return answer;
      const { parts, ...rest } = answer as { parts: { transaction: string | null }[] };
      const before = parts.slice(
        0,
        parts.findIndex(({ transaction }) => transaction === hash),
      );
      const left = before.map((part) => ({ ...part, receipt: null }));
      return { ...rest, result: null, refusal: 'it has had enough', parts: left };
    },
  };
}
