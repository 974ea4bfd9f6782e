// 0xf0, 0xf5, 0xff: creation and the end of contracts (EIP-1014, EIP-3860; EIP-150, EIP-161, EIP-2929, EIP-3529, EIP-6780).

import { EMPTY_BYTES, wordToAddress } from '../../lib/bytes.ts';
import type { Wide } from '../../lib/wide.ts';
import { create2Address, createAddress } from '../address.ts';
import { type Frame, halt, invoke, peek, pop } from '../frame.ts';
import { expansionGas, readBytes, wordGas } from '../memory.ts';
import { type DynamicGas, define } from '../opcode.ts';
import { allButOne64th, takeGas, wholeGas } from '../wide-gas.ts';
import { COLD_ACCOUNT_GAS } from './access.ts';

const CREATE_GAS = 32_000;
/** CREATE2 hashes the init code (EIP-1014). */
const HASH_WORD_GAS = 6;

const createGas: DynamicGas = (frame) => initCodeGas(frame, frame.execution.rules.initCodeWordGas);

/** value, init code's offset and size. Gas: EIP-150, EIP-3860. */
export const CREATE = define(
  0xf0,
  'CREATE',
  { takes: 3, gives: 1, gas: CREATE_GAS, dynamicGas: createGas },
  (frame) => {
    const initCode = begin(frame);
    if (initCode === null) return;
    const { journal } = frame.execution;
    const { address: caller } = frame;
    const value = pop(frame);
    frame.height -= 2;
    const address = createAddress(caller, journal.nonce(caller));
    invoke(frame, { kind: 'create', type: 'CREATE', caller, address, value, initCode, gas: takeCalleeGas(frame) });
  },
);

const create2Gas: DynamicGas = (frame) => initCodeGas(frame, frame.execution.rules.initCodeWordGas + HASH_WORD_GAS);

/** EIP-1014: CREATE's operands and a salt. */
export const CREATE2 = define(
  0xf5,
  'CREATE2',
  { takes: 4, gives: 1, gas: CREATE_GAS, dynamicGas: create2Gas },
  (frame) => {
    const initCode = begin(frame);
    if (initCode === null) return;
    const { address: caller } = frame;
    const value = pop(frame);
    frame.height -= 2;
    const address = create2Address(caller, pop(frame), initCode);
    invoke(frame, { kind: 'create', type: 'CREATE2', caller, address, value, initCode, gas: takeCalleeGas(frame) });
  },
);

const selfdestructGas: DynamicGas = (frame) => {
  const { rules, journal } = frame.execution;
  const beneficiary = wordToAddress(peek(frame, 0));
  const coldGas = rules.hasAccessCosts && journal.warmAddress(beneficiary) ? COLD_ACCOUNT_GAS : 0;
  const opensAccount =
    rules.newAccount === 'absent'
      ? !journal.exists(beneficiary)
      : journal.balance(frame.address) !== 0n && journal.isEmpty(beneficiary);
  return coldGas + (opensAccount ? rules.selfdestructNewAccountGas : 0);
};

/**
 * EIP-6. Sends the whole balance to the beneficiary and ends; at the transaction's end the account is deleted: since EIP-6780 only where the
 * same transaction created it.
 */
export const SELFDESTRUCT = define(
  0xff,
  'SELFDESTRUCT',
  { takes: 1, gives: 0, gas: 0, dynamicGas: selfdestructGas },
  (frame) => {
    if (frame.isStatic) return halt(frame, 'static-violation');
    const { journal, rules } = frame.execution;
    const { address } = frame;
    const beneficiary = wordToAddress(pop(frame));
    const balance = journal.balance(address);
    const isDeleted = !rules.selfdestructKeepsOldContracts || journal.isCreated(address);

    journal.subtractBalance(address, balance);
    journal.addBalance(beneficiary, balance); // adding nothing touches it all the same
    if (isDeleted) {
      if (!journal.isSelfdestructed(address)) journal.addRefund(rules.selfdestructRefund);
      journal.setBalance(address, 0n); // what it sent to itself is burnt
      journal.selfdestruct(address);
    }
    frame.exit = { kind: 'return', output: EMPTY_BYTES };
  },
);

/** The init code, or null where the frame halts. The operands stay. */
function begin(frame: Frame): Uint8Array | null {
  const { initCodeBytesMax } = frame.execution.rules;
  if (frame.isStatic) {
    halt(frame, 'static-violation');
    return null;
  }
  if (initCodeBytesMax !== null && peek(frame, 2) > initCodeBytesMax) {
    halt(frame, 'initcode-size');
    return null;
  }
  return readBytes(frame.memory, peek(frame, 1), peek(frame, 2));
}

/** Takes the creation's gas from the frame: all of it, or since EIP-150 all but one 64th. */
function takeCalleeGas(frame: Frame): Wide {
  const rest = wholeGas(frame);
  const gas = frame.execution.rules.keepsOne64th ? allButOne64th(rest) : rest;
  takeGas(frame, gas);
  return gas;
}

function initCodeGas(frame: Frame, gasPerWord: number): number {
  return expansionGas(frame.memory, peek(frame, 1), peek(frame, 2)) + wordGas(peek(frame, 2), gasPerWord);
}
