import { beforeAll, describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { alterOpcode } from '../../node/evm/opcode.ts';
import { bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { answerFrom } from '../../node/rpc/answer.ts';
import type { Json } from '../../node/rpc/json.ts';
import { STATE_ITEMS_MAX, STEPS_PER_ANSWER_MAX } from '../../node/rpc/limits.ts';
import { operatorMethods, publicMethods } from '../../node/rpc/method-table.ts';
import { encodeTransaction, signTransaction } from '../../node/types/transaction.ts';
import { ACCOUNT_KEYS, createNet, type Net } from '../core/harness.ts';

/** Extends signs wrongly, and to another number each time it is asked. */
let asked = 0n;
const RESTLESS = createInterpreter({
  opcodes: (table) =>
    alterOpcode(table, 'SIGNEXTEND', ({ run }) => ({
      run(frame) {
        run(frame);
        asked += 1n;
        frame.stack[frame.height - 1] = (frame.stack[frame.height - 1] ?? 0n) + asked;
      },
    })),
});

let net: Net;

type Fields = Record<string, Json>;
function ask(node: string, method: string, ...params: readonly unknown[]): Json {
  const answered = answerFrom(operatorMethods, net.view(node), { jsonrpc: '2.0', id: 1, method, params });
  if (answered.kind === 'ask') throw new Error(`${method} asks`);
  if ('error' in answered.response) throw new Error(answered.response.error.message);
  return JSON.parse(JSON.stringify(answered.response.result)) as Json;
}

/** PUSH1 2, PUSH0, SIGNEXTEND, PUSH0, SSTORE: as the code of a creation. */
const CODE = '0x60025f0b5f5500';

beforeAll(() => {
  net = createNet({ followers: 1, machine: (name) => (name === 'f1' ? RESTLESS : createInterpreter()) });
  net.start(...net.names);
  net.run(3_100);
  const tx = signTransaction(
    {
      type: 2,
      chainId: 1337n,
      nonce: 0n,
      maxPriorityFeePerGas: 1_000_000_000n,
      maxFeePerGas: 20_000_000_000n,
      gasLimit: 100_000,
      to: null,
      value: 0n,
      data: hexToBytes(CODE),
      accessList: [],
    },
    ACCOUNT_KEYS[0]!,
  );
  net.ask('n1', { kind: 'submit-transaction', bytes: encodeTransaction(tx) });
  net.run(4_000);
});

const mismatch = (): Fields => (ask('f1', 'lockstep_mismatches') as Fields[])[0]!;
const hash = (): string => String(mismatch()['hash']);

describe('a node that refused a block for its result', () => {
  it('keeps it with both results, and says that its machine does not repeat itself', () => {
    expect(mismatch()).toMatchObject({ repeats: false, transactions: 1 });
    expect(mismatch()['own']).not.toEqual(mismatch()['claimed']);
    expect(ask('n1', 'lockstep_mismatches')).toEqual([]);
    expect(ask('f1', 'lockstep_ownResult', hash())).toEqual({ ...(mismatch()['own'] as Fields), refused: true });
    expect(ask('n1', 'lockstep_ownResult', hash())).toEqual({ ...(mismatch()['claimed'] as Fields), refused: false });
    expect(ask('f1', 'lockstep_ownResult', `0x${'11'.repeat(32)}`)).toBeNull();
  });

  it('answers the same each time, from what it kept', () => {
    const questions = [
      ['lockstep_intermediateRoots', hash()],
      ['lockstep_traceMarks', hash(), 0],
      ['lockstep_traceSteps', hash(), 0, 0, 10],
    ] as const;
    for (const [method, ...params] of questions)
      expect(ask('f1', method, ...params)).toEqual(ask('f1', method, ...params));
    expect(ask('f1', 'lockstep_traceMarks', hash(), 0)).toMatchObject({ kept: true, steps: 6, cut: false });
  });

  it('parts from the others at the transaction and at the step that went wrong', () => {
    const [mine, theirs] = ['f1', 'n1'].map((node) => ask(node, 'lockstep_intermediateRoots', hash()) as Fields) as [
      Fields,
      Fields,
    ];
    const rootsOf = (answer: Fields) => (answer['parts'] as Fields[]).map(({ root }) => root);
    expect(rootsOf(mine).length).toBe(3);
    expect(rootsOf(mine)[0]).toBe(rootsOf(theirs)[0]);
    expect(rootsOf(mine)[1]).not.toBe(rootsOf(theirs)[1]);
    expect(theirs).toMatchObject({ refusal: null, judged: null, result: mismatch()['claimed'] });
    const steps = ['f1', 'n1'].map(
      (node) => (ask(node, 'lockstep_traceSteps', hash(), 0, 0, 10) as Fields)['steps'] as Fields[],
    );
    const parted = steps[0]!.findIndex((step, i) => JSON.stringify(step) !== JSON.stringify(steps[1]![i]));
    expect(steps[1]![parted - 1]).toMatchObject({ pc: 3, op: 0x0b, stack: ['0x2', '0x0'] });
    expect(steps[1]![parted]).toMatchObject({ op: 0x5f, stack: ['0x2'] });
  });

  it('has the nodes of the state that it computed itself, of the first time and of the second', () => {
    const { stateRoot } = mismatch()['own'] as Fields;
    const { root } = ((ask('f1', 'lockstep_intermediateRoots', hash()) as Fields)['parts'] as Fields[])[1]!;
    const nodes = ask('f1', 'lockstep_trieNodes', [stateRoot, root]) as string[];
    expect(nodes.map((node) => keccakHex(hexToBytes(node)))).toEqual([stateRoot, root]);
    expect(ask('n1', 'lockstep_trieNodes', [stateRoot])).toEqual([null]);
  });
});

describe('a block that is given whole', () => {
  it('is executed where its parent is known', () => {
    const { rlp } = ask('n1', 'lockstep_block', hash()) as Fields;
    expect(ask('n2', 'lockstep_intermediateRoots', rlp)).toEqual(ask('n2', 'lockstep_intermediateRoots', hash()));
    const { nodes, codes } = ask('n2', 'lockstep_witness', rlp) as Record<string, string[]>;
    expect(nodes!.length).toBeGreaterThan(2);
    expect(codes!.length).toBeGreaterThan(0);
  });

  it('is refused with another body than its header has, and says nothing about the block that has it', () => {
    const { rlp } = ask('n1', 'lockstep_block', hash()) as Fields;
    const other = String(rlp).replace(CODE.slice(2), '60035f0b5f5500');
    expect(other).not.toBe(rlp);
    for (const [method, ...more] of [['lockstep_intermediateRoots'], ['lockstep_witness'], ['lockstep_traceMarks', 0]])
      expect(() => ask('n3', String(method), other, ...more)).toThrow(/transaction/);
    expect(ask('n3', 'lockstep_intermediateRoots', hash())).toEqual(ask('n1', 'lockstep_intermediateRoots', hash()));
  });

  it('is refused where nobody would judge it', () => {
    const { rlp } = ask('n1', 'lockstep_block', hash()) as Fields;
    const spoilt = hexToBytes(String(rlp));
    spoilt[10] = spoilt[10]! ^ 1; // in the parent's hash
    expect(() => ask('n1', 'lockstep_intermediateRoots', bytesToHex(spoilt))).toThrow(/parent 0x\w+ is not known/);
    expect(() => ask('n1', 'lockstep_intermediateRoots', '0x1234')).toThrow(/invalid argument 0/);
    expect(() => ask('n1', 'lockstep_witness', net.view('n1').genesisHash)).toThrow('nobody executes the genesis');
  });
});

describe('the operator’s questions', () => {
  it.each<[string, readonly unknown[], RegExp]>([
    ['lockstep_block', ['0x12'], /length 2, want 64/],
    ['lockstep_intermediateRoots', [`0x${'22'.repeat(32)}`], /^block not found$/],
    ['lockstep_traceMarks', ['HASH', 2], /the block has the parts -1 to 1/],
    ['lockstep_traceMarks', ['HASH', 0.5], /the block has the parts/],
    ['lockstep_traceSteps', ['HASH', 0, -1, 1], /whole number up to/],
    ['lockstep_traceSteps', ['HASH', 0, 0, STEPS_PER_ANSWER_MAX + 1], /whole number up to 1024/],
    [
      'lockstep_trieNodes',
      [Array.from({ length: STATE_ITEMS_MAX + 1 }, () => `0x${'00'.repeat(32)}`)],
      /exceed the limit/,
    ],
  ])('%s with %j is answered with its reason', (method, params, reason) => {
    expect(() => ask('f1', method, ...params.map((param) => (param === 'HASH' ? hash() : param)))).toThrow(reason);
  });

  it('are on no public port', () => {
    for (const name of operatorMethods.keys())
      if (/Marks|Steps|trieNodes|witness|intermediate|mismatches/.test(name))
        expect(publicMethods.has(name)).toBe(false);
  });
});
