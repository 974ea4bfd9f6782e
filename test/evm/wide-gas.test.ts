import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Step } from '../../node/evm/machine.ts';
import { splitGas, wholeGas } from '../../node/evm/wide-gas.ts';
import type { Wide } from '../../node/lib/wide.ts';
import { evaluate, OTHER, RETURN_TOP, run } from './run.ts';

const EDGE = 2n ** 53n;
/** What the text's GAS, the callee's GAS and the caller's gas after the call come to, in plain arithmetic (Osaka). */
const afterGas = (gas: bigint) => gas - 2n;
const other = { accounts: { [OTHER]: { code: `GAS ${RETURN_TOP}` } } };
const ASK = `32 0 0 0 0 ${OTHER} GAS CALL POP 0 MLOAD`;

describe('gas beyond 2^53 - 1', () => {
  it.each([EDGE - 2n, EDGE - 1n, EDGE, EDGE + 1n, 2n ** 63n - 1n])('is what GAS says to the last unit: %d', (gas) => {
    const wide: Wide = gas < EDGE ? Number(gas) : gas;
    expect(evaluate('GAS', { gas: wide })).toBe(afterGas(gas));
    expect(wholeGas(splitGas(wide))).toBe(wide);
  });

  it('leaves a callee all but one 64th', () => {
    const gas = 2n ** 63n - 1n;
    // 5 pushes, one of an address, GAS, then memory for the output and a cold account
    const rest = gas - 5n * 3n - 3n - 2n - 3n - 2_600n;
    expect(evaluate(ASK, { gas, ...other })).toBe(rest - rest / 64n - 2n);
  });

  it('comes back from a callee, and is exact where only the sum is beyond', () => {
    for (const gas of [EDGE + 3_000n, 2n ** 60n + 12_345n]) {
      const { gasLeft, status } = run(`${ASK} POP STOP`, { gas, ...other });
      const spent = 5n * 3n + 3n + 2n + 3n + 2_600n + (2n + 3n + 3n + 3n + 3n + 3n) + 2n + 3n + 3n + 2n;
      expect([status, BigInt(gasLeft)]).toEqual(['success', gas - spent]);
    }
  });

  it('goes to a creation and comes back', () => {
    const gas = 2n ** 62n;
    const { gasLeft } = run('0 0 0 CREATE POP STOP', { gas });
    expect(gas - BigInt(gasLeft)).toBe(3n * 3n + 32_000n + 2n);
  });

  it('is gone where a frame halts', () => {
    expect(run('INVALID', { gas: 2n ** 62n })).toMatchObject({ status: 'halt', gasLeft: 0 });
  });

  it('does not pay for memory that no machine has', () => {
    expect(run(`1 ${2n ** 40n} MSTORE`, { gas: 2n ** 63n - 1n })).toMatchObject({ halt: 'out-of-gas' });
  });

  it('stands in the steps, with what a call sets aside', () => {
    const steps: Step[] = [];
    const gas = 2n ** 63n - 1n;
    run(ASK, { gas, ...other, machine: createInterpreter(), hooks: { step: (step) => steps.push(step) } });
    const call = steps.find(({ opcode }) => opcode === 0xf1);
    const rest = gas - 5n * 3n - 3n - 2n;
    expect([steps[0]?.gasLeft, call?.gasLeft]).toEqual([gas, rest]);
    const price = 3n + 2_600n;
    expect(call?.gasCost).toBe(price + (rest - price) - (rest - price) / 64n);
  });
});
