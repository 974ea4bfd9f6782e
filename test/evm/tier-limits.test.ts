import { describe, expect, it } from 'vitest';
import type { Address } from '../../node/types/transaction.ts';
import { OTHER } from './run.ts';
import { runOnBoth, tierOne, tierTwo } from './tiers.ts';

const THIRD: Address = `0x${'0d'.repeat(20)}`;

describe('the place that the driver is told', () => {
  it.each([
    ['SLOAD', `${THIRD} SLOAD POP`],
    ['SSTORE', `9 ${THIRD} SSTORE`],
  ])('is not an account’s for a slot: %s of a warm slot behind EXTCODESIZE, with every gas', (_, access) => {
    const callee = `${THIRD} SLOAD POP ${THIRD} EXTCODESIZE POP ${access} ${'CALLER POP '.repeat(40)}`;
    const call = (gas: number): string => `0 0 0 0 0 ${OTHER} ${gas} CALL POP`;
    const accounts = {
      [OTHER]: { code: callee, storage: { [`${BigInt(THIRD)}`]: 12_345n } },
      [THIRD]: { code: 'STOP' },
    };
    for (let gas = 200; gas < 8500; gas += 40) {
      const text = `${THIRD} EXTCODESIZE POP ${call(9000)} ${call(gas)} ${THIRD} EXTCODESIZE 1 SSTORE`;
      for (const machine of [tierOne, tierTwo]) {
        const { expected, actual } = runOnBoth(text, { accounts }, machine);
        expect(actual, `${gas} gas`).toEqual(expected);
      }
    }
  });
});
