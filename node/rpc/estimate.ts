// The least gas limit with which a call succeeds, within a tolerance, by bisection (go-ethereum's eth/gasestimator). All runs share one budget of steps.

import { TX_GAS_LIMIT_CAP } from '../chain/transaction-checks.ts';
import type { TransactionOutcome } from '../chain/transition.ts';
import { divide, divideBigint, toSafeNumber } from '../lib/integer.ts';
import { narrow } from '../lib/wide.ts';
import { includesFork } from '../types/config.ts';
import { EMPTY_CODE_HASH } from '../types/header.ts';
import { isRejection, type Rejection } from '../types/rejection.ts';
import type { CallArguments } from './call-arguments.ts';
import { rejectionMessage, serverFault } from './errors.ts';
import { CALL_GAS_MAX, CALL_STEPS_MAX, ESTIMATE_TOLERANCE_PER_MILLE } from './limits.ts';
import { outcomeFault, stepsFault } from './outcome.ts';
import { rulesOfHeader } from './pending.ts';
import { type CallSite, simulate } from './simulate.ts';

/** The gas of a plain transfer. */
const TRANSFER_GAS = 21_000;
/** What a call with value gives its callee: the optimistic guess leaves room for it. */
const CALL_STIPEND = 2300;

/** One run: whether the gas sufficed. A run that could not begin for want of gas, or for too much of it, just failed. */
type Run = { readonly isEnough: boolean; readonly outcome: TransactionOutcome | null };

/** Returns gas. Throws the fault of a call that fails whatever it is given. */
export function estimateGas(site: CallSite, call: CallArguments): number {
  let stepsLeft = CALL_STEPS_MAX;
  const run = (gas: number): Run => {
    const outcome = simulate(site, call, { gas, steps: stepsLeft });
    if (isRejection(outcome)) {
      if (isAboutGas(outcome)) return { isEnough: false, outcome: null };
      throw serverFault(`failed with ${gas} gas: ${rejectionMessage(outcome)}`);
    }
    stepsLeft -= outcome.steps;
    if (outcome.halt === 'step-budget' || stepsLeft <= 0) throw stepsFault();
    return { isEnough: outcome.status === 1, outcome };
  };

  const highest = highestGas(site, call);
  if (isPlainTransfer(site, call) && run(TRANSFER_GAS).isEnough) return TRANSFER_GAS;

  const { isEnough, outcome } = run(highest);
  if (outcome === null || (!isEnough && outcome.halt === 'out-of-gas'))
    throw serverFault(`gas required exceeds allowance (${highest})`);
  if (!isEnough) throw outcomeFault(outcome);
  return bisect(outcome, highest, (gas) => run(gas).isEnough);
}

/** Narrows (low, high]: low fails, high succeeds. */
function bisect(outcome: TransactionOutcome, highest: number, isEnough: (gas: number) => boolean): number {
  const used = narrow(outcome.gasUsed);
  let low = used - 1;
  let high = highest;
  // What was used before refunds, with a 63rd more for what calls hold back, nearly always suffices.
  const guess = divide((used + outcome.gasRefunded + CALL_STIPEND) * 64, 63);
  if (guess < high) {
    if (isEnough(guess)) high = guess;
    else low = guess;
  }
  while (low + 1 < high && (high - low) * 1000 >= high * ESTIMATE_TOLERANCE_PER_MILLE) {
    // Limits are seldom much above what was used, so the search leans towards the low side.
    const middle = Math.min(low + divide(high - low, 2), low * 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The most gas that the call may have: its own limit or the block's, the fork's cap, what the sender can pay, and our cap. */
function highestGas(site: CallSite, call: CallArguments): number {
  const { view, header } = site;
  const own = call.gas !== null && call.gas >= TRANSFER_GAS ? call.gas : header.gasLimit;
  const cap = includesFork(rulesOfHeader(view, header).fork, 'Osaka') ? TX_GAS_LIMIT_CAP : CALL_GAS_MAX;
  return Math.min(own > CALL_GAS_MAX ? CALL_GAS_MAX : narrow(own), cap, payableGas(site, call));
}

function payableGas(site: CallSite, call: CallArguments): number {
  if (call.feeCap === 0n) return Number.MAX_SAFE_INTEGER;
  const balance = site.state.account(call.from)?.balance ?? 0n;
  if (call.value >= balance) throw serverFault('insufficient funds for transfer');
  return toSafeNumber(divideBigint(balance - call.value, call.feeCap)) ?? Number.MAX_SAFE_INTEGER;
}

function isPlainTransfer(site: CallSite, call: CallArguments): boolean {
  if (call.data.length > 0 || call.to === null) return false;
  return (site.state.account(call.to)?.codeHash ?? EMPTY_CODE_HASH) === EMPTY_CODE_HASH;
}

function isAboutGas(rejection: Rejection): boolean {
  return rejection.code === 'tx-intrinsic-gas' || rejection.code === 'tx-floor-gas';
}
