import { describe, expect, it } from 'vitest';
import { createMachine } from '../../node/evm/create-machine.ts';
import { TIERS } from '../../node/types/tier.ts';
import { assemble } from './assembler.ts';
import { run } from './run.ts';

const LOOP = assemble('50 loop: 1 SWAP1 SUB DUP1 @loop JUMPI');

describe('a machine by its tier', () => {
  it.each(TIERS)('counts the steps of tier %d as that tier’s', (tier) => {
    const machine = createMachine({ threshold: 0, tier });
    const { steps } = run(LOOP, { machine });
    expect(steps).toBeGreaterThan(300);
    expect(Object.entries(machine.counts()).filter(([, count]) => count > 0)).toEqual([[`tier${tier}`, steps]]);
  });

  it('counts older forks, which the reference serves, as tier 0’s', () => {
    const machine = createMachine({ tier: 1 });
    const { steps } = run(LOOP, { machine, fork: 'London' });
    expect(machine.counts()).toMatchObject({ tier0: steps, tier1: 0 });
  });
});
