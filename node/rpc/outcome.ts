// Why an executed call has no result, in go-ethereum's words (core/vm/errors.go).

import type { TransactionOutcome } from '../chain/transition.ts';
import type { Halt } from '../evm/machine.ts';
import { type RpcFault, revertFault, serverFault } from './errors.ts';
import { CALL_STEPS_MAX } from './limits.ts';

const HALT_TEXTS: { readonly [halt in Halt]: string } = {
  'out-of-gas': 'out of gas',
  'stack-underflow': 'stack underflow',
  'stack-overflow': 'stack limit reached 1024',
  'invalid-opcode': 'invalid opcode',
  'invalid-jump': 'invalid jump destination',
  'static-violation': 'write protection',
  'return-data-out-of-bounds': 'return data out of bounds',
  'create-collision': 'contract address collision',
  'code-size': 'max code size exceeded',
  'code-prefix': 'invalid code: must not begin with 0xef',
  'initcode-size': 'max initcode size exceeded',
  'nonce-overflow': 'nonce uint64 overflow',
  'call-depth': 'max call depth exceeded',
  'insufficient-balance': 'insufficient balance for transfer',
  precompile: 'precompiled contract failed',
  'step-budget': `execution aborted (budget = ${CALL_STEPS_MAX} steps)`,
};

/** The fault of an outcome that is no success. */
export function outcomeFault(outcome: Pick<TransactionOutcome, 'halt' | 'output'>): RpcFault {
  const { halt, output } = outcome;
  if (halt === 'revert' || halt === null) return revertFault(output);
  return serverFault(HALT_TEXTS[halt]);
}

/** The fault of a call that took more steps than one request may. */
export function stepsFault(): RpcFault {
  return serverFault(HALT_TEXTS['step-budget']);
}
