// 0xf1, 0xf2, 0xf4, 0xfa: the four calls (EIP-7, EIP-150, EIP-161, EIP-214, EIP-2929, EIP-7702). They only ask: the interpreter opens the frame.

import { wordToAddress } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import { addWide, subtractWide, toWide } from '../../lib/wide.ts';
import type { Address } from '../../types/transaction.ts';
import { delegationOf } from '../delegation.ts';
import { type Call, type Frame, halt, invoke, peek, pop } from '../frame.ts';
import { expansionGas, growMemory, UNAFFORDABLE, viewBytes } from '../memory.ts';
import { type DynamicGas, define } from '../opcode.ts';
import { allButOne64th, takeGas, wholeGas } from '../wide-gas.ts';
import { accountAccessGas } from './access.ts';

const VALUE_GAS = 9_000;
const NEW_ACCOUNT_GAS = 25_000;
/** What a callee that gets value may spend on top of its gas: enough to log, too little to write. */
const STIPEND_GAS = 2_300;

const BASE_GAS = 40;

const callGas: DynamicGas = (frame) => {
  const target = wordToAddress(peek(frame, 1));
  const value = peek(frame, 2);
  const newAccountGas = opensAccount(frame, target, value) ? NEW_ACCOUNT_GAS : 0;
  return withCalleeGas(frame, priceOf(frame, target, 3) + (value === 0n ? 0 : VALUE_GAS) + newAccountGas);
};

/** gas, address, value, input's offset and size, output's offset and size. Gas: EIP-150; new accounts: EIP-161; access: EIP-2929, EIP-7702. */
export const CALL = define(0xf1, 'CALL', { takes: 7, gives: 1, gas: BASE_GAS, dynamicGas: callGas }, (frame) => {
  pop(frame);
  const address = wordToAddress(pop(frame));
  const value = pop(frame);
  if (frame.isStatic && value !== 0n) return halt(frame, 'static-violation');
  const gas = addWide(frame.gasForCallee, value === 0n ? 0 : STIPEND_GAS);
  const caller = frame.address;
  call(frame, { type: 'CALL', caller, address, codeAddress: address, value, gas, isStatic: frame.isStatic });
});

const callCodeGas: DynamicGas = (frame) => {
  const valueGas = peek(frame, 2) === 0n ? 0 : VALUE_GAS;
  return withCalleeGas(frame, priceOf(frame, wordToAddress(peek(frame, 1)), 3) + valueGas);
};

/** CALL's operands. Another's code on this frame's storage: the value stays where it is, but must be there. */
export const CALLCODE = define(
  0xf2,
  'CALLCODE',
  { takes: 7, gives: 1, gas: BASE_GAS, dynamicGas: callCodeGas },
  (frame) => {
    pop(frame);
    const codeAddress = wordToAddress(pop(frame));
    const value = pop(frame);
    const gas = addWide(frame.gasForCallee, value === 0n ? 0 : STIPEND_GAS);
    const { address, isStatic } = frame;
    call(frame, { type: 'CALLCODE', caller: address, address, codeAddress, value, gas, isStatic });
  },
);

const callWithoutValueGas: DynamicGas = (frame) =>
  withCalleeGas(frame, priceOf(frame, wordToAddress(peek(frame, 1)), 2));

/** EIP-7. CALL's operands without the value. As CALLCODE, and the caller and the value stay this frame's own. */
export const DELEGATECALL = define(
  0xf4,
  'DELEGATECALL',
  { takes: 6, gives: 1, gas: BASE_GAS, dynamicGas: callWithoutValueGas },
  (frame) => {
    pop(frame);
    const codeAddress = wordToAddress(pop(frame));
    const { caller, address, value, gasForCallee: gas, isStatic } = frame;
    call(frame, { type: 'DELEGATECALL', caller, address, codeAddress, value, gas, isStatic });
  },
);

/** EIP-214. CALL's operands without the value. Nothing may be changed in the frame and below it. */
export const STATICCALL = define(
  0xfa,
  'STATICCALL',
  { takes: 6, gives: 1, gas: BASE_GAS, dynamicGas: callWithoutValueGas },
  (frame) => {
    pop(frame);
    const address = wordToAddress(pop(frame));
    const { address: caller, gasForCallee: gas } = frame;
    call(frame, { type: 'STATICCALL', caller, address, codeAddress: address, value: 0n, gas, isStatic: true });
  },
);

/** Takes the operands that all calls end with, and asks for the call. */
function call(frame: Frame, target: Omit<Call, 'kind' | 'input' | 'outputOffset' | 'outputSize'>): void {
  const inputOffset = pop(frame);
  const inputSize = pop(frame);
  const outputOffset = pop(frame);
  const outputSize = pop(frame);
  if (outputSize > 0n) growMemory(frame.memory, Number(outputOffset), Number(outputSize));
  const input = viewBytes(frame.memory, inputOffset, inputSize); // last: growing may move the memory
  invoke(frame, { kind: 'call', ...target, input, outputOffset, outputSize });
}

/** Memory and access: what every call costs on top of its base. The ranges' operands begin at that distance from the top. */
function priceOf(frame: Frame, target: Address, ranges: number): number {
  const input = expansionGas(frame.memory, peek(frame, ranges), peek(frame, ranges + 1));
  const output = expansionGas(frame.memory, peek(frame, ranges + 2), peek(frame, ranges + 3));
  return Math.max(input, output) + reachGas(frame, target);
}

/** EIP-2929: a cold account, and behind it, since EIP-7702, a cold delegate. */
function reachGas(frame: Frame, target: Address): number {
  const { rules, journal } = frame.execution;
  if (!rules.hasAccessCosts) return 0;
  const gas = accountAccessGas(frame, target);
  const delegate = rules.followsDelegations ? delegationOf(journal.code(target)) : null;
  return delegate === null ? gas : gas + accountAccessGas(frame, delegate);
}

function opensAccount(frame: Frame, target: Address, value: bigint): boolean {
  const { rules, journal } = frame.execution;
  return rules.newAccount === 'absent' ? !journal.exists(target) : value !== 0n && journal.isEmpty(target);
}

/** Sets the callee's gas aside and adds it to the price: as asked before EIP-150, and since then at most all but one 64th of the rest. */
function withCalleeGas(frame: Frame, price: number): number {
  const rest = frame.gas - price;
  if (rest < 0) return price;
  if (frame.gasBeyond !== 0n) return withCalleeGasBeyond(frame, price);
  const asked = peek(frame, 0);
  const limit = frame.execution.rules.keepsOne64th ? rest - divide(rest, 64) : UNAFFORDABLE;
  const gas = asked > limit ? limit : Number(asked);
  frame.gasForCallee = gas;
  return price + gas;
}

/** The same where the frame has more gas than a number holds: the callee's is taken here. */
function withCalleeGasBeyond(frame: Frame, price: number): number {
  const asked = peek(frame, 0);
  const rest = subtractWide(wholeGas(frame), price);
  const limit = frame.execution.rules.keepsOne64th ? allButOne64th(rest) : rest;
  frame.gasForCallee = asked > limit ? limit : toWide(asked);
  takeGas(frame, frame.gasForCallee);
  return price;
}
