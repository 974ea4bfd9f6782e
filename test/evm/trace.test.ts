import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { createTracer } from '../../node/evm/trace.ts';
import type { Fork } from '../../node/types/config.ts';
import { assemble } from './assembler.ts';
import { OTHER, run, type Setting } from './run.ts';

function trace(code: string | Uint8Array, setting: Setting = {}, fork: Fork = 'Cancun'): string[] {
  const lines: string[] = [];
  const hooks = createTracer(fork, (line) => lines.push(line));
  run(code, { fork, machine: createInterpreter(), hooks, ...setting });
  return lines;
}

type Line = { readonly [field: string]: unknown };
const parsed = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line) as Line);
/** The last step and the summary. */
const end = (code: string | Uint8Array, setting: Setting = {}, fork: Fork = 'Cancun') =>
  parsed(trace(code, setting, fork)).slice(-3);

describe('a trace (EIP-3155)', () => {
  it('has the lines of go-ethereum’s own example, in the order of its fields', () => {
    const lines = trace(
      '1 BLOCKHASH STOP',
      { gas: 0x5f58ef8, fork: 'Berlin', block: { number: 5, blockHash: () => `0x${'da'.repeat(32)}` } },
      'Berlin',
    );
    expect(lines).toEqual([
      '{"pc":0,"op":96,"gas":"0x5f58ef8","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}',
      '{"pc":2,"op":64,"gas":"0x5f58ef5","gasCost":"0x14","memSize":0,"stack":["0x1"],"depth":1,"refund":0,"opName":"BLOCKHASH"}',
      `{"pc":3,"op":0,"gas":"0x5f58ee1","gasCost":"0x0","memSize":0,"stack":["0x${'da'.repeat(32)}"],"depth":1,"refund":0,"opName":"STOP"}`,
      '{"output":"","gasUsed":"0x17"}',
    ]);
  });

  it('shows memory before the step that grows it, and the size behind it', () => {
    const [, , store, stop] = parsed(trace('0 0 MSTORE STOP'));
    expect(store).toMatchObject({ opName: 'MSTORE', gasCost: '0x6', memSize: 0 });
    expect(stop).toMatchObject({ opName: 'STOP', memSize: 32 });
  });

  it('shows what a call passes on in its price, and the callee one deeper', () => {
    const lines = parsed(trace(`0 0 0 0 0 ${OTHER} 5000 CALL STOP`, { accounts: { [OTHER]: { code: 'STOP' } } }));
    const call = lines.find(({ opName }) => opName === 'CALL');
    expect(call).toMatchObject({ gasCost: `0x${(2_600 + 5_000).toString(16)}`, depth: 1 });
    expect(lines.map(({ depth }) => depth)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2, 1, undefined]);
  });

  it('shows an opcode that does not exist twice, the second time with the error, as go-ethereum does', () => {
    const line = { pc: 0, op: 239, gas: '0xa', gasCost: '0x0', memSize: 0, stack: [], depth: 1, refund: 0 };
    const opName = 'opcode 0xef not defined';
    const error = 'invalid opcode: opcode 0xef not defined';
    expect(parsed(trace(Uint8Array.of(0xef), { gas: 10 }))).toEqual([
      { ...line, opName },
      { ...line, opName, error },
      { output: '', gasUsed: '0xa', error },
    ]);
    expect(end('INVALID', { gas: 10 })[1]).toMatchObject({ opName: 'INVALID', error: 'invalid opcode: INVALID' });
    expect(end(Uint8Array.of(0x0c))[0]).toMatchObject({ opName: 'opcode 0xc not defined' });
  });

  it('shows a step that is not paid once, with the price and the error', () => {
    const lines = parsed(trace('3 SLOAD STOP', { gas: 3 + 0xef }, 'Berlin'));
    expect(lines.at(-2)).toEqual({
      pc: 2,
      op: 84,
      gas: '0xef',
      gasCost: '0x834',
      memSize: 0,
      stack: ['0x3'],
      depth: 1,
      refund: 0,
      opName: 'SLOAD',
      error: 'out of gas',
    });
    expect(lines.at(-1)).toEqual({ output: '', gasUsed: '0xf2', error: 'out of gas' });
  });

  it('shows only the constant part of a price where that is not paid', () => {
    expect(end(`${OTHER} BALANCE`, { gas: 3 + 99 })[1]).toMatchObject({ gasCost: '0x64', error: 'out of gas' });
    expect(end(`${OTHER} BALANCE`, { gas: 3 + 100 })[1]).toMatchObject({ gasCost: '0xa28', error: 'out of gas' });
    expect(end('64 0 KECCAK256', { gas: 6 + 29 })[2]).toMatchObject({ error: 'out of gas' });
    expect(end('64 0 KECCAK256', { gas: 6 + 29 })[1]).toMatchObject({ gasCost: '0x1e' });
    expect(end('64 0 KECCAK256', { gas: 6 + 30 })[1]).toMatchObject({ gasCost: '0x30' });
  });

  it('shows the whole price of EXP and LOG, which have no constant part there', () => {
    expect(end('256 2 EXP', { gas: 6 + 5 })[1]).toMatchObject({ gasCost: `0x${(10 + 100).toString(16)}` });
    expect(end('7 32 0 LOG1', { gas: 9 + 5 })[1]).toMatchObject({ gasCost: `0x${(750 + 3 + 256).toString(16)}` });
  });

  it('tells what go-ethereum tells of storage in a stipend, and of memory that has no price', () => {
    expect(end('1 0 SSTORE', { gas: 6 + 2_300 })[1]).toMatchObject({
      gasCost: '0x0',
      error: 'out of gas: not enough gas for reentrancy sentry',
    });
    const store = (offset: bigint) => end(`1 ${offset} MSTORE`)[1];
    expect(store(2n ** 64n)).toMatchObject({ gasCost: '0x3', error: 'gas uint64 overflow' });
    expect(store(2n ** 40n)).toMatchObject({ gasCost: '0x3', error: 'out of gas: gas uint64 overflow' });
    const words = (2n ** 36n + 32n) / 32n;
    expect(store(2n ** 36n)).toMatchObject({
      gasCost: `0x${(3n + 3n * words + (words * words) / 512n).toString(16)}`,
      error: 'out of gas',
    });
  });

  it('shows a stack that is too low or too high with the constant part of the price', () => {
    const [step, summary] = end('LOG3').slice(-2);
    expect(step).toMatchObject({ gasCost: '0x0', stack: [], error: 'stack underflow (0 <=> 5)' });
    expect(summary).toMatchObject({ error: 'stack underflow (0 <=> 5)' });
    expect(trace('ADD').at(-1)).toContain('stack underflow (0 \\u003c=\\u003e 2)'); // as Go writes it
    const full = assemble('JUMPDEST 1 0 JUMP');
    expect(end(full, { gas: 100_000 })[1]).toMatchObject({ gasCost: '0x3', error: 'stack limit reached 1024 (1023)' });
  });

  it('shows a step that fails while it is taken again, with the stack that is left', () => {
    const faults = (code: string, setting: Setting = {}) => parsed(trace(code, setting)).slice(-3);
    const [jump, fault, summary] = faults('7 JUMP');
    expect([jump?.['stack'], fault?.['stack']]).toEqual([['0x7'], []]);
    expect([jump?.['error'], fault?.['error']]).toEqual([undefined, 'invalid jump destination']);
    expect(summary).toEqual({ output: '', gasUsed: '0xf4240', error: 'invalid jump destination' });
    const [revert, reverted, behind] = faults('32 0 REVERT');
    expect([revert?.['memSize'], reverted?.['memSize']]).toEqual([0, 32]);
    expect([revert?.['stack'], reverted?.['stack']]).toEqual([['0x20', '0x0'], []]);
    expect(reverted).toMatchObject({ error: 'execution reverted' });
    expect(behind).toEqual({ output: '00'.repeat(32), gasUsed: '0x9', error: 'execution reverted' });
    expect(faults('1 0 0 RETURNDATACOPY')[1]).toMatchObject({ stack: [], error: 'return data out of bounds' });
  });

  it('shows a write where nothing may be written, with its operands', () => {
    const accounts = { [OTHER]: { code: '1 0 SSTORE' } };
    const lines = parsed(trace(`0 0 0 0 ${OTHER} GAS STATICCALL STOP`, { accounts }));
    const stores = lines.filter(({ opName }) => opName === 'SSTORE');
    expect(stores.map(({ error }) => error)).toEqual([undefined, 'write protection']);
    expect(stores.map(({ stack }) => stack)).toEqual([
      ['0x1', '0x0'],
      ['0x1', '0x0'],
    ]);
    expect(lines.at(-2)).toMatchObject({ opName: 'STOP', stack: ['0x0'], depth: 1 });
  });

  it('refuses too much init code at the constant part of the price', () => {
    expect(end('49153 0 0 CREATE')[1]).toMatchObject({
      gasCost: '0x7d00',
      error: 'out of gas: max initcode size exceeded: size 49153',
    });
  });

  it('calls PREVRANDAO by its first name', () => {
    expect(parsed(trace('PREVRANDAO STOP'))[0]).toMatchObject({ op: 68, opName: 'DIFFICULTY' });
  });
});
