// Calls that no block contains: eth_call and eth_estimateGas.

import type { NodeView } from '../../core/view.ts';
import { bytesToHex, quantity } from '../../lib/bytes.ts';
import { isRejection } from '../../types/rejection.ts';
import { LATEST, selectHeader, toBlockSelector } from '../blocks.ts';
import { toCallArguments } from '../call-arguments.ts';
import { rejectionMessage, serverFault } from '../errors.ts';
import { estimateGas } from '../estimate.ts';
import type { Json } from '../json.ts';
import { CALL_GAS_MAX, CALL_STEPS_MAX } from '../limits.ts';
import { outcomeFault } from '../outcome.ts';
import { argument, optional } from '../params.ts';
import { rulesOfHeader } from '../pending.ts';
import { type CallSite, simulate } from '../simulate.ts';
import { overrideState, toStateOverrides } from '../state-override.ts';

/** eth_call: the returned bytes. Parameters: the transaction object, a block, state overrides. */
export function call(view: NodeView, params: readonly unknown[]): Json {
  const args = toCallArguments(argument(params, 0), view.config.chainId);
  const gas = Math.min(args.gas ?? CALL_GAS_MAX, CALL_GAS_MAX);
  const outcome = simulate(siteOf(view, params), args, { gas, steps: CALL_STEPS_MAX });
  if (isRejection(outcome)) throw serverFault(`err: ${rejectionMessage(outcome)} (supplied gas ${gas})`);
  if (outcome.status === 0) throw outcomeFault(outcome);
  return bytesToHex(outcome.output);
}

/** eth_estimateGas: gas. Same parameters. */
export function estimate(view: NodeView, params: readonly unknown[]): Json {
  const args = toCallArguments(argument(params, 0), view.config.chainId);
  return quantity(estimateGas(siteOf(view, params), args));
}

function siteOf(view: NodeView, params: readonly unknown[]): CallSite {
  const header = selectHeader(view, optional(argument(params, 1), toBlockSelector) ?? LATEST);
  const state = view.state(header.stateRoot);
  const { fork } = rulesOfHeader(view, header);
  const overrides = optional(argument(params, 2), (arg) => toStateOverrides(arg, fork));
  return { view, header, state: overrides === undefined ? state : overrideState(state, overrides) };
}
