// A contract that stands before another and stores what comes of calling it: so that a state test shows a difference in what is returned.

import { hexToBytes } from '../../node/lib/bytes.ts';
import type { Address } from '../../node/types/transaction.ts';
import { createBytecode } from './bytecode.ts';
import type { FuzzCase, FuzzTransaction } from './case.ts';

const OBSERVER: Address = `0x${'0b'.repeat(20)}`;
const GAS = 200_000;

/** The case with every call of its transactions made through an observer of its own. */
export function withObserver(of: FuzzCase): FuzzCase {
  const world = new Map(of.world);
  const transactions = of.transactions.map((transaction, i): FuzzTransaction => {
    const { to } = transaction;
    if (to === null) return transaction;
    const address: Address = `0x${(BigInt(OBSERVER) + BigInt(i)).toString(16).padStart(40, '0')}`;
    world.set(address, { nonce: 1n, balance: 0n, code: observerOf(to), storage: new Map() });
    return { ...transaction, to: address, gasLimit: transaction.gasLimit + GAS };
  });
  return { ...of, world, transactions };
}

/** Passes its input and value on; stores whether the call succeeded and the hash of what it returned. */
function observerOf(to: Address): Uint8Array {
  const code = createBytecode({ hasPush0: false });
  code.op('CALLDATASIZE');
  code.push(0, 0);
  code.op('CALLDATACOPY');
  code.push(0, 0);
  code.op('CALLDATASIZE');
  code.push(0);
  code.op('CALLVALUE');
  code.pushBytes(hexToBytes(to));
  code.op('GAS', 'CALL');
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
