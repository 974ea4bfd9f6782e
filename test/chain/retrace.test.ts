import { describe, expect, it } from 'vitest';
import { executeBlock } from '../../node/chain/execute-block.ts';
import { partsOf, retraceBlock, watchPart } from '../../node/chain/retrace.ts';
import { createAddress } from '../../node/evm/address.ts';
import type { StepRecord } from '../../node/evm/step-record.ts';
import { hexToBytes } from '../../node/lib/bytes.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { isRejection } from '../../node/types/rejection.ts';
import type { Transaction } from '../../node/types/transaction.ts';
import { ACCOUNTS, createTestChain, sealNext, transfer } from './fixture.ts';

/** Deploys a contract that adds one to slot 0, logs it, and returns. */
const COUNTER = '6001 5f54 01 80 5f55 5f52 60205fa0 00'.replaceAll(' ', '');
const DEPLOY = hexToBytes(`0x6e${COUNTER}5f52600f6011f3`);
const counter = createAddress(ACCOUNTS[0]!.address, 0n);
const call = (from: number, nonce: bigint): Transaction =>
  transfer(from, nonce, { to: counter, value: 0n, gasLimit: 100_000 });

const chain = createTestChain();
const blocks = [
  sealNext(chain, [
    transfer(0, 0n, { to: null, data: DEPLOY, value: 0n, gasLimit: 200_000 }),
    call(1, 0n),
    transfer(2, 0n),
  ]),
  sealNext(chain, [call(0, 1n), call(1, 1n), call(2, 1n), transfer(3, 0n)]),
  sealNext(chain),
];
const execution = (index: number) => chain.execution(blocks[index]!.header.parentHash);

describe('a block executed again', () => {
  it.each(
    blocks.map((block, index) => [index, block] as const),
  )('gives block %i its own root, part by part', (index, block) => {
    const retraced = retraceBlock(execution(index), block);
    expect(retraced.result).toMatchObject({ stateRoot: block.header.stateRoot, gasUsed: block.header.gasUsed });
    expect(retraced.parts.map(({ part }) => part)).toEqual(partsOf(block));
    expect(retraced.parts.at(-1)?.root).toBe(block.header.stateRoot);
    expect(new Set(retraced.parts.map(({ root }) => root)).size).toBeGreaterThanOrEqual(block.transactions.length);
  });

  it('names the accounts and slots that each transaction changed', () => {
    const { parts } = retraceBlock(execution(1), blocks[1]!);
    const second = parts.find(({ part }) => part === 1)!;
    expect(second.touched.find(({ address }) => address === counter)?.slots).toEqual([0n]);
    expect(second.touched.map(({ address }) => address)).toContain(ACCOUNTS[1]!.address);
    expect(parts.find(({ part }) => part === 3)!.touched.map(({ address }) => address)).not.toContain(counter);
  });

  it('can be executed from what was read alone, and not from less', () => {
    const block = blocks[1]!;
    const env = execution(1);
    const { read } = retraceBlock(env, block);
    const from = (items: ReadonlyMap<string, Uint8Array>) => {
      const store = { get: (key: string) => items.get(key) };
      return executeBlock({ ...env, store, state: createStateView(store, env.stateRoot) }, block);
    };
    const executed = from(read);
    expect(!isRejection(executed) && executed.result.stateRoot).toBe(block.header.stateRoot);
    expect(() => from(new Map([...read].slice(1)))).toThrow(/in the store/);
  });
});

describe('a watched part', () => {
  const stepsOf = (part: number, most = Number.POSITIVE_INFINITY): StepRecord[] => {
    const steps: StepRecord[] = [];
    watchPart(execution(1), blocks[1]!, part, (step) => steps.push(step) < most);
    return steps;
  };

  it('shows the steps of that transaction alone, with what each left outside of the stack', () => {
    const steps = stepsOf(2);
    expect(steps.map(({ opcode }) => opcode)).toEqual([
      0x60, 0x5f, 0x54, 0x01, 0x80, 0x5f, 0x55, 0x5f, 0x52, 0x60, 0x5f, 0xa0, 0x00,
    ]);
    const written = steps.map((step) => step.written);
    expect(written[7]).toEqual({ kind: 'storage', address: counter, slot: 0n, value: 4n });
    expect(written[9]).toMatchObject({ kind: 'memory', offset: 0, size: 32, bytes: `0x${'4'.padStart(64, '0')}` });
    expect(written[12]).toMatchObject({ kind: 'log', address: counter, topics: [] });
    expect(steps[0]).toMatchObject({ depth: 1, address: counter, stackHeight: 0 });
    expect(steps[0]?.codeHash).toMatch(/^0x[0-9a-f]{64}$/);
  });

  it('has no steps for a transfer, and those of the system contracts before and behind the transactions', () => {
    expect(stepsOf(3)).toEqual([]);
    expect(stepsOf(-1).length).toBeGreaterThan(10);
    expect(stepsOf(4).length).toBeGreaterThan(10);
  });

  it('stops when enough was seen', () => {
    expect(stepsOf(2, 5)).toEqual(stepsOf(2).slice(0, 5));
  });
});
