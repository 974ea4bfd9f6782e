// 0x54, 0x55, 0x5c, 0x5d: storage and transient storage (EIP-1283, EIP-2200, EIP-2929, EIP-3529; EIP-1153).

import { type Frame, halt, peek, pop, push } from '../frame.ts';
import { UNAFFORDABLE } from '../memory.ts';
import { type DynamicGas, define } from '../opcode.ts';
import type { StorageRules } from '../rules.ts';
import { COLD_SLOT_GAS, slotAccessGas } from './access.ts';

const SET_GAS = 20_000;
const RESET_GAS_PLAIN = 5_000;

/** A slot's values: at the beginning of the transaction, now, and after the write. */
export type SlotChange = { readonly original: bigint; readonly current: bigint; readonly next: bigint };

/** Its price grew with EIP-150 and EIP-1884, and depends on access since EIP-2929. */
export const SLOAD = define(0x54, 'SLOAD', { takes: 1, gives: 1, gas: 50 }, (frame) => {
  push(frame, frame.execution.journal.storage(frame.address, pop(frame)));
});

/** EIP-2929's price of SLOAD, whole. */
export const slotGas: DynamicGas = (frame) => slotAccessGas(frame, peek(frame, 0));

/** Metered by EIP-1283, then EIP-2200, EIP-2929 and EIP-3529. Not where nothing may be changed (EIP-214). */
export const SSTORE = define(0x55, 'SSTORE', { takes: 2, gives: 0, gas: 0, dynamicGas: storeGas }, (frame) => {
  if (frame.isStatic) return halt(frame, 'static-violation');
  const { journal, rules } = frame.execution;
  const slot = pop(frame);
  const next = pop(frame);
  const refund = storeRefund(rules.storage, changeOf(frame, slot, next));
  if (refund > 0) journal.addRefund(refund);
  else if (refund < 0) journal.subtractRefund(-refund);
  journal.setStorage(frame.address, slot, next);
});

/** EIP-1153. */
export const TLOAD = define(0x5c, 'TLOAD', { takes: 1, gives: 1, gas: 100 }, (frame) => {
  push(frame, frame.execution.journal.transientStorage(frame.address, pop(frame)));
});

/** EIP-1153. */
export const TSTORE = define(0x5d, 'TSTORE', { takes: 2, gives: 0, gas: 100 }, (frame) => {
  if (frame.isStatic) return halt(frame, 'static-violation');
  const slot = pop(frame);
  frame.execution.journal.setTransientStorage(frame.address, slot, pop(frame));
});

/** What SSTORE costs, without the access to a cold slot. */
export function storePrice(rules: StorageRules, { original, current, next }: SlotChange): number {
  if (rules.kind === 'plain') return current === 0n && next !== 0n ? SET_GAS : RESET_GAS_PLAIN;
  if (current === next || original !== current) return rules.dirtyGas;
  return original === 0n ? SET_GAS : rules.resetGas;
}

/** What SSTORE adds to the refund, or takes from it where it is negative (EIP-2200's clauses). */
export function storeRefund(rules: StorageRules, { original, current, next }: SlotChange): number {
  if (rules.kind === 'plain') return current !== 0n && next === 0n ? rules.clearRefund : 0;
  if (current === next) return 0;
  if (original === current) return original !== 0n && next === 0n ? rules.clearRefund : 0;
  let refund = 0;
  if (original !== 0n) {
    if (current === 0n) refund -= rules.clearRefund;
    if (next === 0n) refund += rules.clearRefund;
  }
  if (original === next) refund += (original === 0n ? SET_GAS : rules.resetGas) - rules.dirtyGas;
  return refund;
}

function storeGas(frame: Frame): number {
  const { rules, journal } = frame.execution;
  if (rules.storage.kind === 'net' && frame.gas <= rules.storage.sentryGas) return UNAFFORDABLE;
  const slot = peek(frame, 0);
  const coldGas = rules.hasAccessCosts && journal.warmSlot(frame.address, slot) ? COLD_SLOT_GAS : 0;
  return coldGas + storePrice(rules.storage, changeOf(frame, slot, peek(frame, 1)));
}

function changeOf(frame: Frame, slot: bigint, next: bigint): SlotChange {
  const { journal } = frame.execution;
  return {
    original: journal.originalStorage(frame.address, slot),
    current: journal.storage(frame.address, slot),
    next,
  };
}
