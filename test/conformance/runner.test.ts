import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMachine } from '../../node/evm/create-machine.ts';
import { reject } from '../../node/types/rejection.ts';
import { EVERYTHING } from './case.ts';
import { judgeReason } from './exceptions.ts';
import { readOptions } from './options.ts';
import { count, countSteps, createTally, summarize } from './tally.ts';
import { readUpstream, runUpstream } from './upstream.ts';

const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const account = (code: string) => ({ nonce: '0x00', balance: '0x0de0b6b3a7640000', code, storage: {} });
/** ethereum/tests' form: two transactions by their indexes, no encoding of either, no post-state. */
const STATE_TEST = {
  env: {
    currentCoinbase: '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba',
    currentGasLimit: '0x05f5e100',
    currentNumber: '0x01',
    currentTimestamp: '0x03e8',
    currentDifficulty: '0x020000',
  },
  pre: { [SENDER]: account('0x') },
  transaction: {
    nonce: '0x00',
    gasPrice: '0x0a',
    gasLimit: ['0x61a80', '0x01'],
    to: '0xcccccccccccccccccccccccccccccccccccccccc',
    value: ['0x00'],
    data: ['0x', '0x60'],
    sender: SENDER,
    secretKey: '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8',
  },
  post: {
    Istanbul: [
      { hash: '0x00', logs: '0x00', indexes: { data: 1, gas: 0, value: 0 } },
      { hash: '0x00', logs: '0x00', indexes: { data: 0, gas: 1, value: 0 }, expectException: 'TR_IntrinsicGas' },
    ],
    Amsterdam: [{ hash: '0x00', logs: '0x00', indexes: { data: 0, gas: 0, value: 0 } }],
  },
};

describe('a folder of raw files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  beforeAll(() => {
    const files: Readonly<Record<string, unknown>> = {
      'a.json': { one: STATE_TEST },
      'b.json': { payloads: { pre: {}, engineNewPayloads: [] }, other: { what: 1 } },
      'c.json': [],
      'd.txt': 'text',
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
    writeFileSync(join(folder, 'e.json'), '{');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read by shape, and what is foreign has a reason', () => {
    const found = [...readUpstream(folder)].map((each) =>
      each.suite === null ? `${each.id}: ${each.reason}` : `${each.suite} ${each.line.id}`,
    );
    expect(found.slice(0, 7)).toEqual([
      'state a.json::one[Istanbul-d1g0v0]',
      'state a.json::one[Istanbul-d0g1v0]',
      'state a.json::one[Amsterdam-d0g0v0]',
      'b.json::payloads: payloads of the engine API, which is no chain of blocks',
      'b.json::other: neither a state test nor a blockchain test',
      'c.json: no object of tests',
      'd.txt: not a JSON file',
    ]);
    expect(found[7]).toMatch(/^e\.json: cannot be read: /);
  });

  it('takes the transaction that the indexes name', () => {
    const [first] = [...readUpstream(folder)];
    expect(first).toMatchObject({ line: { test: { transaction: { data: ['0x60'], gasLimit: ['0x61a80'] } } } });
  });

  it('is run, fails with the first difference, and skips forks without rules', () => {
    const machine = createMachine({ tier: 0 });
    const reports = [...runUpstream(machine, folder, 'state', ['state'], EVERYTHING)];
    expect(reports.slice(0, 3).map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'skipped']);
    expect(reports[0]?.detail).toMatch(/^state root: expected 0x00, got 0x.*; logs hash: .*; gas used here 21016$/);
    expect(reports[2]?.detail).toBe('no rules for Amsterdam');
  });

  it('tells of what is foreign once, with the first suite', () => {
    const machine = createMachine({ tier: 0 });
    const skipped = (suite: string) =>
      [...runUpstream(machine, folder, suite, ['blockchain', 'state'], EVERYTHING)].filter(
        ({ fork, verdict }) => fork === null && verdict === 'skipped',
      );
    expect([skipped('blockchain').length, skipped('state').length]).toEqual([5, 0]);
  });
});

describe('the reason of a refusal', () => {
  const tooLow = reject('tx-nonce-too-low', 'nonce too low');

  it('is right where one of the names admits its code, or the code of its cause', () => {
    expect(judgeReason('TransactionException.NONCE_MISMATCH_TOO_LOW', tooLow)).toBe('right');
    const inBlock = { ...reject('block-transaction', 'transaction 0'), cause: tooLow.code };
    expect(judgeReason('BlockException.INVALID_GASLIMIT|TransactionException.NONCE_MISMATCH_TOO_LOW', inBlock)).toBe(
      'right',
    );
  });

  it('is wrong where none does', () => {
    expect(judgeReason('TransactionException.NONCE_MISMATCH_TOO_HIGH', tooLow)).toBe('wrong');
    expect(judgeReason('BlockException.RLP_STRUCTURES_ENCODING', tooLow)).toBe('wrong');
  });

  it('is unnamed where the map does not know the name', () => {
    expect(judgeReason('TR_NonceTooLow', tooLow)).toBe('unnamed');
  });
});

describe('a run', () => {
  const report = { id: 'x', fork: 'Osaka', detail: null, unnamedReason: null, milliseconds: 1 } as const;
  const tallyOf = (verdict: 'passed' | 'failed', steps: Readonly<Record<string, number>>) => {
    const tally = createTally('state');
    count(tally, { ...report, verdict }, () => {});
    return { ...tally, steps: { ...steps } };
  };
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  afterAll(() => log.mockRestore());

  it('fails with a case, and where the tier that was asked for did less than 99 % of the steps', () => {
    expect(summarize([tallyOf('passed', { tier0: 10_000, tier1: 990_000 })], 1, 'json')).toBe(0);
    expect(summarize([tallyOf('passed', { tier0: 10_001, tier1: 989_999 })], 1, 'json')).toBe(1);
    expect(summarize([tallyOf('failed', { tier1: 1 })], 1, 'text')).toBe(1);
  });

  it('judges no share of a few steps, nor by forks that only tier 0 has', () => {
    expect(summarize([tallyOf('passed', { tier0: 999_999 })], 1, 'json')).toBe(0);
    const older = tallyOf('passed', {});
    for (const fork of ['Frontier', 'EIP158', 'ParisToShanghaiAtTime15k'])
      countSteps(older, 1, fork, { tier0: 10 ** 7 });
    expect(summarize([older, tallyOf('passed', { tier1: 1_000_000 })], 1, 'json')).toBe(0);
    const newer = tallyOf('passed', {});
    for (const fork of ['ShanghaiToCancunAtTime15k', 'Osaka', 'BPO2']) countSteps(newer, 1, fork, { tier0: 10 ** 7 });
    expect(summarize([newer, tallyOf('passed', { tier1: 1_000_000 })], 1, 'json')).toBe(1);
  });

  it('that selected nothing is told apart', () => {
    expect(summarize([createTally('state')], 0, 'json')).toBe(4);
  });

  it('ends with its summary', () => {
    summarize([tallyOf('passed', { tier0: 3 })], 0, 'json');
    expect(JSON.parse(String(log.mock.lastCall?.[0]))).toMatchObject({
      kind: 'summary',
      total: 1,
      passed: 1,
      failed: 0,
      skipped: 0,
      steps: { tier0: 3 },
      sharePercent: 100,
    });
  });

  it('is refused for options that there are not', () => {
    for (const args of [['--tier', '9'], ['--suite', 'x'], ['--lane', 'x'], ['--what'], ['--trace'], ['--jobs', '0']]) {
      const error = vi.spyOn(console, 'error').mockImplementation(() => {});
      expect(readOptions(args)).toBeNull();
      error.mockRestore();
    }
    expect(readOptions(['--vectors', 'x'])).toMatchObject({ suites: ['blockchain', 'state'] });
  });
});
