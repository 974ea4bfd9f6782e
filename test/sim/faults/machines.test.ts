import { describe, expect, it } from 'vitest';
import { machineFaults } from '../../../sim/faults/machines.ts';
import { evidenceOf, failed, playWith } from './planted.ts';

/** What makes each machine go wrong, as the code of a creation, and the first field of the result that shows it. */
const TRIGGERS: Readonly<Record<string, readonly [code: string, field: string]>> = {
  'sdiv-rounds-down': ['0x600260075f03055f5500', 'stateRoot'], // -7 / 2 with sign, stored
  'sstore-costs-one-more': ['0x60015f5500', 'stateRoot'],
  'clz-counts-from-zero': ['0x5f1e5f5500', 'stateRoot'],
  'randao-reads-the-clock': ['0x445f5500', 'stateRoot'],
  'div-in-floating-point': ['0x60035f19045f5500', 'stateRoot'], // (2^256 - 1) / 3, stored
  'log-topics-unordered': ['0x600160025f5fa200', 'receiptsRoot'], // LOG2 with the topics 2 and 1
  'sha256-flips-a-bit': ['0x60205f5f5f60025afa505f515f5500', 'stateRoot'], // of nothing, stored
};
const CORRECT = ['n1', 'n2', 'n3', 'n5', 'f1'];

describe.each(machineFaults())('a machine that goes wrong: $name', ({ name }) => {
  it('is named with the first field that differs, and leads nobody astray', async () => {
    const [code, field] = TRIGGERS[name]!;
    const run = await playWith({ n4: name }, async (net) => {
      await net.height(2);
      await net.mined(await net.transact('n1', { to: null, data: code, gas: 200_000 }), CORRECT);
      await net.event('a divergence', (o) => o.kind === 'event' && o.node !== 'n4' && o.event.kind === 'divergence');
      await net.blocks(2, CORRECT);
    });
    expect(failed(run)).toEqual([]);
    expect(evidenceOf(run, 'P20')).toMatch(
      /^n4 was wrong first at block \d+, named by (n1|n2|n3|n5|f1) at height \d+$/,
    );
    const fields = run.observations.flatMap((o) =>
      o.kind === 'event' && o.event.kind === 'divergence' ? [o.event.field] : [],
    );
    expect(new Set(fields)).toContain(field);
  });

  it('is right as long as nobody asks it to', async () => {
    const run = await playWith({ n4: name }, (net) => net.height(4));
    expect(failed(run)).toEqual([]);
    if (name !== 'sstore-costs-one-more') expect(evidenceOf(run, 'P20')).toBe('n4 never computed anything wrong');
  });
});
