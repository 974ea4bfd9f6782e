// A contract that stands before another and stores what comes of calling it: so that a state test shows a difference in what is returned.

import { hexToBytes } from '../../node/lib/bytes.ts';
import type { Address } from '../../node/types/transaction.ts';
import { type Bytecode, createBytecode } from './bytecode.ts';
import type { FuzzCase, FuzzTransaction } from './case.ts';

const OBSERVER: Address = `0x${'0b'.repeat(20)}`;
const GAS = 200_000;

/** The case with every call or creation of its transactions made by an observer of its own. */
export function withObserver(of: FuzzCase): FuzzCase {
  const world = new Map(of.world);
  const transactions = of.transactions.map((transaction, i): FuzzTransaction => {
    const { to } = transaction;
    const address: Address = `0x${(BigInt(OBSERVER) + BigInt(i)).toString(16).padStart(40, '0')}`;
    world.set(address, {
      nonce: 1n,
      balance: 0n,
      code: to === null ? observerOfCreation() : observerOfCall(to),
      storage: new Map(),
    });
    return { ...transaction, to: address, gasLimit: transaction.gasLimit + GAS };
  });
  return { ...of, world, transactions };
}

/** Passes its input and value on. */
function observerOfCall(to: Address): Uint8Array {
  const code = beginObserver();
  code.push(0, 0);
  code.op('CALLDATASIZE');
  code.push(0);
  code.op('CALLVALUE');
  code.pushBytes(hexToBytes(to));
  code.op('GAS', 'CALL');
  return finishObserver(code);
}

/** Creates with its input and value. */
function observerOfCreation(): Uint8Array {
  const code = beginObserver();
  code.op('CALLDATASIZE');
  code.push(0);
  code.op('CALLVALUE', 'CREATE');
  return finishObserver(code);
}

function beginObserver(): Bytecode {
  const code = createBytecode({ hasPush0: false });
  code.op('CALLDATASIZE');
  code.push(0, 0);
  code.op('CALLDATACOPY');
  return code;
}

/** Stores the result and the hash of what was returned. */
function finishObserver(code: Bytecode): Uint8Array {
  code.push(1);
  code.op('ADD');
  code.push(0);
  code.op('SSTORE', 'RETURNDATASIZE');
  code.push(0, 0);
  code.op('RETURNDATACOPY', 'RETURNDATASIZE');
  code.push(0);
  code.op('KECCAK256');
  code.push(1);
  code.op('SSTORE');
  return code.finish();
}
