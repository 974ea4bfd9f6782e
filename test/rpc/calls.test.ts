import { encodeErrorResult, type Hex as ViemHex } from 'viem';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../node/evm/machine.ts';
import { EMPTY_BYTES, wordToHex } from '../../node/lib/bytes.ts';
import { narrow } from '../../node/lib/wide.ts';
import { toCallArguments } from '../../node/rpc/call-arguments.ts';
import { CALL_GAS_MAX, ESTIMATE_TOLERANCE_PER_MILLE } from '../../node/rpc/limits.ts';
import { simulate } from '../../node/rpc/simulate.ts';
import { blockHash } from '../../node/types/block.ts';
import { isRejection } from '../../node/types/rejection.ts';
import type { Address } from '../../node/types/transaction.ts';
import { errorOf, resultOf } from './call.ts';
import { ALICE, CHAIN_ID, CONTRACTS, createFixture, ETHER, GWEI, OTHER_SEALER, SEALER, TOPIC_A } from './view.ts';

const { view, canonical, side } = createFixture();
const head = canonical.at(-1)!;
const POOR: Address = `0x${'99'.repeat(20)}`;

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** A machine of which every message ends like this. */
function endingIn(result: Partial<ReturnType<Machine['execute']>>): Machine {
  return { execute: () => ({ status: 'halt', halt: null, gasLeft: 0, output: EMPTY_BYTES, steps: 1, ...result }) };
}

describe('eth_call', () => {
  const words = (result: unknown): bigint[] =>
    ((result as string).slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));

  it('returns what the contract returns', () => {
    expect(resultOf(view, 'eth_call', { to: CONTRACTS.slot.address }, 'latest')).toBe(wordToHex(42n));
    expect(resultOf(view, 'eth_call', { to: CONTRACTS.slot.address })).toBe(wordToHex(42n));
  });

  it('shows the block’s context, and no base fee to a call without a price', () => {
    const seen = words(resultOf(view, 'eth_call', { to: CONTRACTS.context.address }, 'latest'));
    expect(seen).toEqual([3n, 0n, 0n, 0n, BigInt(SEALER), CHAIN_ID, BigInt(head.header.parentHash), 0n]);
  });

  it('shows the base fee and the effective price to a call that pays', () => {
    const call = {
      from: ALICE,
      to: CONTRACTS.context.address,
      value: '0x7',
      gas: '0x186a0',
      maxFeePerGas: hex(5n * GWEI),
      maxPriorityFeePerGas: hex(GWEI),
    };
    const baseFee = head.header.baseFeePerGas!;
    const seen = words(resultOf(view, 'eth_call', call, 'latest'));
    expect([seen[1], seen[2], seen[3], seen[7]]).toEqual([baseFee, baseFee + GWEI, BigInt(ALICE), 7n]);
  });

  it('reads the block that it is asked for, on whichever branch', () => {
    const call = { to: CONTRACTS.context.address };
    expect(words(resultOf(view, 'eth_call', call, '0x1')).at(0)).toBe(1n);
    expect(words(resultOf(view, 'eth_call', call, 'pending')).at(0)).toBe(4n);
    const onSide = words(resultOf(view, 'eth_call', call, { blockHash: blockHash(side) }));
    expect(onSide[4]).toBe(BigInt(OTHER_SEALER));
  });

  it('prefers input to data, and takes either', () => {
    const call = { to: CONTRACTS.reverter.address };
    expect(errorOf(view, 'eth_call', { ...call, data: '0x01' }).data).toBe('0x01');
    expect(errorOf(view, 'eth_call', { ...call, data: '0x01', input: '0x02' }).data).toBe('0x02');
  });

  it('executes creations', () => {
    expect(resultOf(view, 'eth_call', { data: '0x60016000f3' })).toBe('0x00');
  });

  it('does not change the state', () => {
    resultOf(view, 'eth_call', { from: ALICE, to: CONTRACTS.clearer.address });
    expect(resultOf(view, 'eth_getStorageAt', CONTRACTS.clearer.address, '0x0', 'latest')).toBe(wordToHex(1n));
  });

  it('refuses a block that is not there, and one that is not canonical where that is required', () => {
    const call = { to: CONTRACTS.slot.address };
    expect(errorOf(view, 'eth_call', call, '0x9')).toEqual({ code: -32000, message: 'header not found' });
    expect(errorOf(view, 'eth_call', call, { blockHash: TOPIC_A }).message).toBe('header for hash not found');
    expect(errorOf(view, 'eth_call', call, { blockHash: blockHash(side), requireCanonical: true }).message).toBe(
      'hash is not currently canonical',
    );
    expect(errorOf(view, 'eth_call', call, {}).code).toBe(-32602);
  });
});

describe('a revert', () => {
  const revertWith = (data: string) => errorOf(view, 'eth_call', { to: CONTRACTS.reverter.address, data });
  const ERROR_ABI = [{ type: 'error', name: 'Error', inputs: [{ type: 'string', name: 'message' }] }] as const;
  const PANIC_ABI = [{ type: 'error', name: 'Panic', inputs: [{ type: 'uint256', name: 'code' }] }] as const;

  it('has code 3 and its data, and a reason where the data has one', () => {
    const data = encodeErrorResult({ abi: ERROR_ABI, errorName: 'Error', args: ['user error'] });
    expect(revertWith(data)).toEqual({ code: 3, message: 'execution reverted: user error', data });
  });

  it.each([
    [0x01n, 'assert(false)'],
    [0x11n, 'arithmetic underflow or overflow'],
    [0x32n, 'out-of-bounds access of an array or bytesN'],
    [0x99n, 'unknown panic code: 0x99'],
  ])('with panic code %s says what it means', (code, meaning) => {
    const data = encodeErrorResult({ abi: PANIC_ABI, errorName: 'Panic', args: [code] });
    expect(revertWith(data).message).toBe(`execution reverted: ${meaning}`);
  });

  it.each([
    '0x',
    '0x77726f6e672d',
    '0x08c379a0',
    '0x4e487b7100',
    `0x08c379a0${'ff'.repeat(64)}`,
  ])('with data %s has no reason', (data) => {
    expect(revertWith(data)).toEqual({ code: 3, message: 'execution reverted', data });
  });

  it('is told by eth_estimateGas likewise', () => {
    const error = errorOf(view, 'eth_estimateGas', { to: CONTRACTS.reverter.address, data: '0x01' });
    expect(error).toEqual({ code: 3, message: 'execution reverted', data: '0x01' });
  });
});

describe('a call that cannot begin', () => {
  const to = CONTRACTS.slot.address;
  const messageOf = (call: object) => errorOf(view, 'eth_call', call, 'latest').message;

  it('says whose funds are short', () => {
    expect(messageOf({ from: POOR, to, value: '0x3e8' })).toBe(
      `err: insufficient funds for gas * price + value: address ${POOR} have 0 want 1000 (supplied gas 50000000)`,
    );
  });

  it('says that the fee is below the base fee', () => {
    expect(messageOf({ from: ALICE, to, gas: '0xffff', maxFeePerGas: '0x1' })).toMatch(
      /^err: max fee per gas less than block base fee: address 0x\w+, maxFeePerGas: 1, baseFee: \d+ \(supplied gas 65535\)$/,
    );
  });

  it('says that the tip is above the fee', () => {
    const call = { from: ALICE, to, gas: '0xffff', maxFeePerGas: hex(2n * GWEI), maxPriorityFeePerGas: hex(3n * GWEI) };
    expect(messageOf(call)).toMatch(/^err: max priority fee per gas higher than max fee per gas: /);
  });

  it('says how much gas it needs to begin', () => {
    expect(messageOf({ to, gas: '0x5207' })).toBe(
      'err: intrinsic gas too low: have 20999, want 21000 (supplied gas 20999)',
    );
  });

  it('says that the initcode is too long', () => {
    expect(messageOf({ data: `0x${'00'.repeat(49_153)}` })).toMatch(
      /max initcode size exceeded: code size 49153 limit 49152/,
    );
  });

  it('says that both kinds of fees were named', () => {
    expect(messageOf({ to, gasPrice: '0x1', maxFeePerGas: '0x1' })).toBe(
      'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified',
    );
  });

  it('says that it is for another chain', () => {
    expect(messageOf({ to, chainId: '0x1' })).toBe("chainId does not match node's (have=1, want=1337)");
  });

  it.each([
    [{ to: '0x12' }, 'invalid argument 0: hex string has length 2, want 40 for address'],
    [{ data: '0x123' }, 'invalid argument 0: hex string of odd length'],
    [{ value: '1' }, 'invalid argument 0: hex string without 0x prefix'],
    [{ value: `0x1${'00'.repeat(32)}` }, 'invalid argument 0: hex number > 256 bits'],
    [{ accessList: {} }, 'invalid argument 0: expected an array, got object'],
    ['0x12', 'invalid argument 0: expected an object, got string'],
  ])('names the argument that is wrong in %j', (call, message) => {
    expect(errorOf(view, 'eth_call', call)).toEqual({ code: -32602, message });
  });
});

describe('a call that halts', () => {
  it.each([
    ['out-of-gas', 'out of gas'],
    ['invalid-opcode', 'invalid opcode'],
    ['invalid-jump', 'invalid jump destination'],
    ['insufficient-balance', 'insufficient balance for transfer'],
    ['step-budget', 'execution aborted (budget = 40000000 steps)'],
  ] as const)('by %s says so', (halt, message) => {
    const broken = { ...view, machine: endingIn({ halt }) };
    expect(errorOf(broken, 'eth_call', { to: POOR })).toEqual({ code: -32000, message });
  });

  it('does so in the real machine too', () => {
    expect(errorOf(view, 'eth_call', { to: CONTRACTS.invalid.address }).message).toBe('invalid opcode');
    expect(errorOf(view, 'eth_call', { to: CONTRACTS.looper.address, gas: '0xffff' }).message).toBe('out of gas');
  });

  it('has at most the capped gas', () => {
    const given: number[] = [];
    const machine: Machine = {
      execute(_environment, message) {
        given.push(narrow(message.gas));
        return { status: 'success', halt: null, gasLeft: 0, output: EMPTY_BYTES, steps: 1 };
      },
    };
    resultOf({ ...view, machine }, 'eth_call', { to: POOR });
    resultOf({ ...view, machine }, 'eth_call', { to: POOR, gas: '0xffffffffffffffff' });
    expect(given).toEqual([CALL_GAS_MAX - 21_000, CALL_GAS_MAX - 21_000]);
  });

  it('ends after its budget of steps, whatever gas is left', () => {
    const site = { view, header: head.header, state: view.state(head.header.stateRoot) };
    const call = toCallArguments({ index: 0, value: { to: CONTRACTS.looper.address } }, CHAIN_ID);
    const outcome = simulate(site, call, { gas: CALL_GAS_MAX, steps: 1000 });
    expect(!isRejection(outcome) && outcome.halt).toBe('step-budget');
  });
});

describe('state overrides', () => {
  const slot = CONTRACTS.slot.address;
  const call = (overrides: object, to: Address = slot) => resultOf(view, 'eth_call', { to }, 'latest', overrides);

  it('replace slots, or all of them', () => {
    const word = wordToHex(7n);
    expect(call({ [slot]: { stateDiff: { [wordToHex(0n)]: word } } })).toBe(word);
    expect(call({ [slot]: { stateDiff: { [wordToHex(1n)]: word } } })).toBe(wordToHex(42n));
    expect(call({ [slot]: { state: { [wordToHex(1n)]: word } } })).toBe(wordToHex(0n));
  });

  it('give code to an address that had none', () => {
    expect(call({ [POOR]: { code: '0x60056000526020' + '6000f3' } }, POOR)).toBe(wordToHex(5n));
  });

  it('give a balance to spend', () => {
    const paying = { from: POOR, to: slot, value: '0x1' };
    expect(errorOf(view, 'eth_call', paying, 'latest').message).toMatch(/insufficient funds/);
    expect(resultOf(view, 'eth_call', paying, 'latest', { [POOR]: { balance: '0x1' } })).toBe(wordToHex(42n));
  });

  it('are read in either case of the address', () => {
    const code = '0x60056000526020' + '6000f3';
    const address = '0xabcdefabcdefabcdefabcdefabcdefabcdefabcd';
    const upper = `0x${address.slice(2).toUpperCase()}`;
    expect(call({ [upper]: { code } }, address)).toBe(wordToHex(5n));
  });

  it('are refused where they contradict themselves or touch the machine’s own contracts', () => {
    const both = { [slot]: { state: {}, stateDiff: {} } };
    expect(errorOf(view, 'eth_call', { to: slot }, 'latest', both).message).toMatch(/has both 'state' and 'stateDiff'/);
    const precompile = { [`0x${'00'.repeat(19)}01`]: { code: '0x00' } };
    expect(errorOf(view, 'eth_call', { to: slot }, 'latest', precompile).code).toBe(-32602);
    const moved = { [`0x${'00'.repeat(19)}01`]: { movePrecompileToAddress: POOR } };
    expect(errorOf(view, 'eth_call', { to: slot }, 'latest', moved).code).toBe(-32602);
  });
});

describe('eth_estimateGas', () => {
  const estimate = (call: object): number => Number(resultOf(view, 'eth_estimateGas', call));
  const succeeds = (call: object, gas: number): boolean => {
    const site = { view, header: head.header, state: view.state(head.header.stateRoot) };
    const outcome = simulate(site, toCallArguments({ index: 0, value: call }, CHAIN_ID), { gas, steps: 1_000_000 });
    return !isRejection(outcome) && outcome.status === 1;
  };

  it('is 21000 for a plain transfer, without executing twice', () => {
    expect(estimate({ from: ALICE, to: POOR, value: '0x1' })).toBe(21_000);
  });

  it.each(['clearer', 'caller', 'emitter'] as const)('suffices for the %s, and is not far above what does', (name) => {
    const call = { from: ALICE, to: CONTRACTS[name].address };
    const gas = estimate(call);
    expect(succeeds(call, gas)).toBe(true);
    expect(succeeds(call, gas - Math.ceil((gas * ESTIMATE_TOLERANCE_PER_MILLE) / 1000) - 1)).toBe(false);
  });

  it('counts what creations, access lists and authorizations cost', () => {
    expect(estimate({ from: ALICE, data: '0x60016000f3' })).toBeGreaterThan(53_000);
    const accessList = [{ address: POOR, storageKeys: [wordToHex(0n)] }];
    expect(estimate({ from: ALICE, to: POOR, accessList })).toBeGreaterThanOrEqual(21_000 + 2400 + 1900);
    const signature = { r: wordToHex(1n), s: wordToHex(2n), yParity: '0x0' };
    const authorization = { chainId: '0x1', address: POOR, nonce: '0x0', ...signature };
    expect(estimate({ from: ALICE, to: POOR, authorizationList: [authorization] })).toBeGreaterThanOrEqual(46_000);
  });

  it('never exceeds the cap of the fork', () => {
    expect(errorOf(view, 'eth_estimateGas', { to: CONTRACTS.looper.address })).toEqual({
      code: -32000,
      message: 'gas required exceeds allowance (16777216)',
    });
  });

  it('never exceeds what the caller names or can pay', () => {
    const call = { from: ALICE, to: CONTRACTS.caller.address };
    expect(errorOf(view, 'eth_estimateGas', { ...call, gas: '0x5208' }).message).toBe(
      'gas required exceeds allowance (21000)',
    );
    const fee = hex(ETHER);
    expect(errorOf(view, 'eth_estimateGas', { ...call, gasPrice: fee }).message).toMatch(
      /^gas required exceeds allowance \(\d+\)$/,
    );
    expect(errorOf(view, 'eth_estimateGas', { from: POOR, to: POOR, value: '0x1', gasPrice: fee }).message).toBe(
      'insufficient funds for transfer',
    );
  });

  it('says what keeps a transaction from beginning with any gas', () => {
    const call = { from: POOR, to: CONTRACTS.slot.address, value: '0x1' };
    expect(errorOf(view, 'eth_estimateGas', call).message).toMatch(/insufficient funds for gas \* price \+ value/);
  });

  it('gives up when its runs together have taken too many steps', () => {
    const machine = endingIn({ status: 'success', gasLeft: 1_000_000, steps: 30_000_000 });
    const call = { from: ALICE, to: CONTRACTS.slot.address as ViemHex };
    expect(errorOf({ ...view, machine }, 'eth_estimateGas', call).message).toMatch(/^execution aborted/);
  });

  it('takes a block and overrides, and the pending block’s base fee', () => {
    const overrides = { [POOR]: { balance: hex(ETHER) } };
    expect(resultOf(view, 'eth_estimateGas', { from: POOR, to: ALICE, value: '0x1' }, 'pending', overrides)).toBe(
      '0x5208',
    );
  });
});
