import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { pop, push } from '../../node/evm/frame.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { FrameEvent, Step } from '../../node/evm/machine.ts';
import { alterOpcode } from '../../node/evm/opcode.ts';
import { tableOf } from '../../node/evm/table.ts';
import { present } from '../../node/lib/assert.ts';
import { FORKS, type Fork } from '../../node/types/config.ts';
import { CONTRACT, evaluate, OTHER, run, SENDER } from './run.ts';

describe('depth', () => {
  it('reaches 1,024 calls below the first on a host stack of 512 KiB', async () => {
    const worker = new Worker(new URL('./depth-worker.ts', import.meta.url), {
      resourceLimits: { stackSizeMb: 0.5 },
      execArgv: [],
    });
    const message = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(message).toEqual({ status: 'success', deepest: 1025 });
  });

  it('fails a call beyond it and gives its gas back', () => {
    const exits: FrameEvent[] = [];
    const text = `0 0 0 0 0 ${CONTRACT} GAS CALL STOP`;
    const result = run(text, { gas: 2 ** 50, hooks: { frame: (event) => void exits.push(event) } });
    expect(result.status).toBe('success');
    const refused = exits.find((event) => event.kind === 'exit' && event.halt !== null);
    expect(refused).toMatchObject({ depth: 1026, halt: 'call-depth', gasUsed: 0 });
    expect(exits.filter((event) => event.kind === 'exit' && event.halt !== null).length).toBe(1);
    expect(result.gasLeft).toBeGreaterThan(2 ** 50 - 200_000);
  });
});

describe('the step hook', () => {
  const steps = (text: string, gas?: number) => {
    const seen: Step[] = [];
    const step = (s: Step) => void seen.push({ ...s, memory: s.memory.slice() });
    run(text, { hooks: { step }, ...(gas !== undefined && { gas }), accounts: { [OTHER]: { code: '1 POP' } } });
    return seen;
  };

  it('sees each opcode before it runs, with the gas before it and its whole price', () => {
    const brief = steps('7 0 MSTORE 0 SLOAD', 5000).map(({ pc, opcode, gasLeft, gasCost, stack, memory }) => ({
      pc,
      opcode,
      gasLeft,
      gasCost,
      stack,
      memory: memory.length,
    }));
    expect(brief).toEqual([
      { pc: 0, opcode: 0x60, gasLeft: 5000, gasCost: 3, stack: [], memory: 0 },
      { pc: 2, opcode: 0x60, gasLeft: 4997, gasCost: 3, stack: [7n], memory: 0 },
      { pc: 4, opcode: 0x52, gasLeft: 4994, gasCost: 6, stack: [7n, 0n], memory: 0 },
      { pc: 5, opcode: 0x60, gasLeft: 4988, gasCost: 3, stack: [], memory: 32 },
      { pc: 7, opcode: 0x54, gasLeft: 4985, gasCost: 2100, stack: [0n], memory: 32 },
      { pc: 8, opcode: 0x00, gasLeft: 2885, gasCost: 0, stack: [0n], memory: 32 },
    ]);
  });

  it('sees the opcode that cannot be paid', () => {
    expect(steps('0 SLOAD', 100).at(-1)).toMatchObject({ opcode: 0x54, gasLeft: 97, gasCost: 2100 });
  });

  it('sees the opcode for which the stack is too low', () => {
    expect(steps('1 ADD', 100).at(-1)).toMatchObject({ opcode: 0x01, gasLeft: 97, gasCost: 0, stack: [1n] });
  });

  it('counts the callee’s gas into the price of a call', () => {
    const call = steps(`0 0 0 0 0 ${OTHER} 1000 CALL`).find(({ opcode }) => opcode === 0xf1);
    expect(call).toMatchObject({ depth: 1, gasCost: 2600 + 1000 });
    expect(steps(`0 0 0 0 0 ${OTHER} 1000 CALL`).filter(({ depth }) => depth === 2)).toMatchObject([
      { opcode: 0x60, gasLeft: 1000, address: OTHER, codeAddress: OTHER },
      { opcode: 0x50 },
      { opcode: 0x00 },
    ]);
  });

  it('changes nothing', () => {
    const text = `1 0 SSTORE 0 0 0 0 0 ${OTHER} 1000 CALL 0 SLOAD`;
    const { gasUsed, steps: count } = run(text);
    expect(run(text, { hooks: { step: () => {}, frame: () => {} } })).toMatchObject({ gasUsed, steps: count });
  });
});

describe('the frame hook', () => {
  it('sees frames open and close', () => {
    const events: FrameEvent[] = [];
    run(`0 0 0 0 ${OTHER} 1000 DELEGATECALL`, {
      hooks: { frame: (event) => void events.push(event) },
      accounts: { [OTHER]: { code: 'INVALID' } },
      gas: 50_000,
    });
    expect(events).toMatchObject([
      { kind: 'enter', type: 'CALL', from: SENDER, to: CONTRACT, gas: 50_000, depth: 1 },
      { kind: 'enter', type: 'DELEGATECALL', from: CONTRACT, to: OTHER, gas: 1_000, depth: 2 },
      { kind: 'exit', depth: 2, gasUsed: 1_000, halt: 'invalid-opcode' },
      { kind: 'exit', depth: 1, gasUsed: 18 + 2_600 + 1_000, halt: null },
    ]);
  });
});

describe('the step budget', () => {
  it('ends what would go on, and lets through what just fits', () => {
    expect(run('1 2 ADD', { stepBudget: 4 })).toMatchObject({ status: 'success', steps: 4 });
    expect(run('1 2 ADD', { stepBudget: 3 })).toMatchObject({ halt: 'step-budget', gasLeft: 0, steps: 3 });
    expect(run('loop: @loop JUMP', { stepBudget: 1000 })).toMatchObject({ halt: 'step-budget', steps: 1000 });
  });

  it('counts a precompiled contract by its gas, before it works', () => {
    const identity = '0 0 0 0 4 15 STATICCALL'; // 7 steps, 15 gas, and STOP
    const steps = 7 + 15 + 1;
    expect(run(identity, { stepBudget: steps })).toMatchObject({ status: 'success', steps });
    expect(run(identity, { stepBudget: steps - 1 })).toMatchObject({ halt: 'step-budget', steps: steps - 1 });
    expect(run(identity, { stepBudget: 8 })).toMatchObject({ halt: 'step-budget', gasLeft: 0, steps: 8 });
  });

  it('does not count a precompiled contract that cannot be paid', () => {
    expect(run('0 0 0 0 4 14 STATICCALL', { stepBudget: 8 })).toMatchObject({ status: 'success', steps: 8 });
  });

  it('is the whole execution’s: no caller goes on', () => {
    const accounts = { [OTHER]: { code: 'loop: @loop JUMP' } };
    const result = run(`1 0 SSTORE 0 0 0 0 0 ${OTHER} 10000 CALL 2 0 SSTORE`, { stepBudget: 50, accounts });
    expect(result).toMatchObject({ status: 'halt', halt: 'step-budget', steps: 50 });
    expect(result.journal.storage(CONTRACT, 0n)).toBe(0n);
  });
});

describe('alterations', () => {
  it('change an opcode’s operation', () => {
    const machine = createInterpreter({
      opcodes: (table) =>
        alterOpcode(table, 'SDIV', () => ({
          run: (frame) => push(frame, BigInt.asUintN(256, pop(frame) / pop(frame))),
        })),
    });
    const text = `2 0x${'ff'.repeat(32)} SDIV`; // -1 / 2
    expect(evaluate(text)).toBe(0n);
    expect(evaluate(text, { machine })).toBe(2n ** 255n - 1n);
  });

  it('change a price', () => {
    const machine = createInterpreter({
      opcodes: (table) => alterOpcode(table, 'SSTORE', ({ gas }) => ({ gas: gas + 1 })),
    });
    expect(run('1 0 SSTORE', { machine }).gasUsed - run('1 0 SSTORE').gasUsed).toBe(1);
  });

  it('change a rule', () => {
    const machine = createInterpreter({ rules: (rules) => ({ ...rules, initCodeBytesMax: 10 }) });
    expect(run('11 0 0 CREATE', { machine }).halt).toBe('initcode-size');
  });

  it('take precompiles away', () => {
    const machine = createInterpreter({ precompile: () => null });
    const text = '32 32 32 0 0 4 GAS CALL POP 32 MLOAD';
    expect(evaluate(`7 0 MSTORE ${text}`)).toBe(7n);
    expect(evaluate(`7 0 MSTORE ${text}`, { machine })).toBe(0n);
  });
});

describe('opcode tables', () => {
  it('give every byte an opcode that stands at its place', () => {
    for (const fork of FORKS)
      expect(
        tableOf(fork).every((opcode, code) => opcode.code === code),
        fork,
      ).toBe(true);
  });

  it('has 129 opcodes in Frontier', () => {
    expect(namesOf('Frontier').length).toBe(129);
  });

  it.each<[Fork, readonly string[]]>([
    ['Homestead', ['DELEGATECALL']],
    ['TangerineWhistle', []],
    ['SpuriousDragon', []],
    ['Byzantium', ['RETURNDATASIZE', 'RETURNDATACOPY', 'STATICCALL', 'REVERT']],
    ['Constantinople', ['SHL', 'SHR', 'SAR', 'EXTCODEHASH', 'CREATE2']],
    ['Petersburg', []],
    ['Istanbul', ['CHAINID', 'SELFBALANCE']],
    ['Berlin', []],
    ['London', ['BASEFEE']],
    ['Paris', ['PREVRANDAO']],
    ['Shanghai', ['PUSH0']],
    ['Cancun', ['BLOBHASH', 'BLOBBASEFEE', 'TLOAD', 'TSTORE', 'MCOPY']],
    ['Prague', []],
    ['Osaka', ['CLZ']],
  ])('get in %s what is new: %j', (fork, names) => {
    const before = namesOf(present(FORKS[FORKS.indexOf(fork) - 1], 'a fork before'));
    expect(namesOf(fork).filter((name) => !before.includes(name))).toEqual(names);
  });
});

function namesOf(fork: Fork): readonly string[] {
  return tableOf(fork)
    .map(({ name }) => name)
    .filter((name) => name !== 'INVALID');
}
