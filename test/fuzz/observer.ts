// A contract that stands before another and stores what comes of calling it: so that a state test shows a difference in what is returned.

import { hexToBytes } from '../../node/lib/bytes.ts';
import { type Fork, includesFork } from '../../node/types/config.ts';
import type { Address } from '../../node/types/transaction.ts';
import { createBytecode } from './bytecode.ts';
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
      code: observerOf(to, of.fork),
      storage: new Map(),
    });
    return { ...transaction, to: address, gasLimit: transaction.gasLimit + GAS };
  });
  return { ...of, world, transactions };
}

/** Passes its input and value on, and stores the result and the hash of what was returned; before EIP-211, of the first bytes of it. */
function observerOf(to: Address | null, fork: Fork): Uint8Array {
  const code = createBytecode({ hasPush0: false });
  code.op('CALLDATASIZE');
  code.push(0, INPUT_AT);
  code.op('CALLDATACOPY');
  if (to !== null) code.push(OUTPUT_BYTES, 0);
  code.op('CALLDATASIZE');
  code.push(INPUT_AT);
  code.op('CALLVALUE');
  if (to === null) code.op('CREATE');
  else {
    code.pushBytes(hexToBytes(to));
    code.op('GAS', 'CALL');
  }
  code.push(1);
  code.op('ADD');
  code.push(0);
  code.op('SSTORE');
  if (includesFork(fork, 'Byzantium')) {
    code.op('RETURNDATASIZE');
    code.push(0, 0);
    code.op('RETURNDATACOPY', 'RETURNDATASIZE');
  } else code.push(OUTPUT_BYTES);
  code.push(0);
  code.op('KECCAK256');
  code.push(1);
  code.op('SSTORE');
  return code.finish();
}

const OUTPUT_BYTES = 0x100;
const INPUT_AT = 0x100;
