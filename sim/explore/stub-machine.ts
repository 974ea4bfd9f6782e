// A machine that executes no code, for the model lane: a message moves its value, and a little more that depends on the block, so that
// whoever executes in another order, on another parent or in another block gets another state.

import { SYSTEM_ADDRESS } from '../../node/chain/system-contracts.ts';
import { type CountingMachine, countSteps } from '../../node/evm/create-machine.ts';
import type { BlockContext, Environment, Machine, Message } from '../../node/evm/machine.ts';
import { EMPTY_BYTES, type Hex } from '../../node/lib/bytes.ts';

/** Creates the stub. `error` is added to every amount that it moves: zero in a correct one. */
export function createStubMachine({ error }: { readonly error: bigint }): CountingMachine {
  return countSteps({ execute: (environment, message) => execute(environment, message, error) });
}

function execute({ journal, block }: Environment, message: Message, error: bigint): ReturnType<Machine['execute']> {
  const { caller, value, gas } = message;
  const done = { status: 'success', halt: null, gasLeft: gas, output: EMPTY_BYTES, steps: 0 } as const;
  if (caller === SYSTEM_ADDRESS) return done;
  const to = message.kind === 'create' ? message.address : message.to;
  if (message.kind === 'create') journal.createContract(to, 1n);
  const balance = journal.balance(caller);
  const wished = value + toll(block, balance) + error;
  const amount = wished > balance ? value : wished;
  journal.subtractBalance(caller, amount);
  journal.addBalance(to, amount);
  return { ...done, steps: 1 };
}

/** A few wei, from everything that a block's code can ask for, and from what the sender had. */
function toll(block: BlockContext, balance: bigint): bigint {
  const last = block.number === 0 ? '0x' : block.blockHash(block.number - 1);
  const mixed =
    tailOf(last) ^
    tailOf(block.prevRandao) ^
    tailOf(block.coinbase) ^
    Number(block.timestamp) ^
    Number(balance & 0xffffn);
  return BigInt(mixed & 0xffff);
}

/** The last four digits as a number. */
function tailOf(hex: Hex): number {
  return hex.length < 6 ? 0 : Number.parseInt(hex.slice(-4), 16);
}
