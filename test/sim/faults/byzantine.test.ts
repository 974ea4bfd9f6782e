import { describe, expect, it } from 'vitest';
import { INVALID_BLOCKS } from '../../../sim/faults/invalid-blocks.ts';
import { evidenceOf, failed, playWith, refusals } from './planted.ts';

const CORRECT = ['n1', 'n3', 'n4', 'n5', 'f1'];
/** A whole turn of the signers and some more, with a cut that leaves the faulty one on either side. */
const story: Parameters<typeof playWith>[1] = async (net) => {
  await net.height(6, CORRECT);
  await net.partition(['n1', 'n2'], ['n3', 'n4', 'n5', 'f1']);
  await net.blocks(3, ['n3', 'n4', 'n5', 'f1']);
  await net.heal();
  await net.blocks(5, CORRECT);
};

describe('correct nodes stay safe, come to one head and lose nothing beside', () => {
  it('a double sealer, and have proof of it', async () => {
    const run = await playWith({ n2: 'double-sealer' }, story);
    expect(failed(run)).toEqual([]);
    expect(evidenceOf(run, 'P19')).toMatch(/^[1-9]\d* proofs of double sealing/);
  });

  it('a withholder', async () => {
    expect(failed(await playWith({ n2: 'withholder' }, story))).toEqual([]);
  });

  it('a selective sender', async () => {
    expect(failed(await playWith({ n2: 'selective-sender' }, story))).toEqual([]);
  });

  it('a spammer, of whom they keep no more than they allow', async () => {
    const run = await playWith({ n2: 'spammer' }, story);
    expect(failed(run)).toEqual([]);
    expect(evidenceOf(run, 'P21')).toMatch(/held (?!0,)\d+/);
    expect([...refusals(run, 'n1')]).toEqual(expect.arrayContaining(['encoding', 'wire-unknown-message']));
  });

  it('a clone of one of them, on either side of a cut', async () => {
    expect(failed(await playWith({ f1: 'clone-of-n2' }, story))).toEqual([]);
  });
});

describe('an invalid block', () => {
  it.each(INVALID_BLOCKS)('is refused with its reason where $breaks', async ({ name, code }) => {
    const run = await playWith(
      { n2: `invalid-${name}` },
      async (net) => {
        const isSeen = (o: Parameters<Parameters<typeof net.event>[1]>[0]): boolean =>
          o.kind === 'event' && o.node !== 'n2' && o.event.kind === 'rejected' && o.event.code === code;
        await net.event(code, isSeen);
      },
      { authorities: 4, followers: 0 },
    );
    expect(failed(run)).toEqual([]);
  });
});
