// What a real process's core, clock and store do when its machine ails, without a process.

import { describe, expect, it } from 'vitest';
import type { Effect, NodeCore } from '../../../node/core/contract.ts';
import { ailingParts, createMachineMemory, tellMachine, viewMachine } from '../../../sim/cluster/ailing.ts';
import { afterOrder, type MachineState, readMachineMessage, WELL } from '../../../sim/cluster/machine-state.ts';

function ailing() {
  const machine = viewMachine(createMachineMemory());
  const tell = (state: Partial<MachineState>, freezeMs = 0): void =>
    tellMachine(machine, { state: { ...WELL, ...state }, freezeMs });
  return { machine, tell, parts: ailingParts(machine) };
}

const executed = { kind: 'event', event: { kind: 'executed' } } as unknown as Effect;
const coreOf = (effects: readonly Effect[]) => ({ step: () => effects }) as unknown as NodeCore;
const tookMs = (work: () => unknown): number => {
  const beganMs = performance.now();
  work();
  return performance.now() - beganMs;
};

describe('a machine that ails', () => {
  it('tells its core another time, from the order on and until the next one', () => {
    const { tell, parts } = ailing();
    const now = parts.clock(() => 1_000_000);
    expect(now()).toBe(1_000_000);
    tell({ offsetMs: -5_000 });
    expect(now()).toBe(995_000);
    tell(WELL);
    expect(now()).toBe(1_000_000);
  });

  it('fails one write, or every one until the disk is well', async () => {
    const { tell, parts } = ailing();
    let written = 0;
    const store = parts.wrapStore({ persist: async () => void written++ });
    await store.persist([]);
    tell({ failing: 'next' });
    await expect(store.persist([])).rejects.toThrow('no space left');
    await store.persist([]);
    tell({ failing: 'all' });
    await expect(store.persist([])).rejects.toThrow('no space left');
    await expect(store.persist([])).rejects.toThrow('no space left');
    tell(WELL);
    await store.persist([]);
    expect(written).toBe(3);
  });

  it('calls a batch durable later where its disk is slow', async () => {
    const { tell, parts } = ailing();
    tell({ syncMs: 60 });
    const beganMs = performance.now();
    await parts.wrapStore({ persist: async () => undefined }).persist([]);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(55);
  });

  it('stands still for every block that it executed, and for nothing else', () => {
    const { tell, parts } = ailing();
    tell({ msPerBlock: 40 });
    expect(tookMs(() => parts.wrapCore(coreOf([executed, executed])).step(0, { kind: 'wake' }))).toBeGreaterThan(75);
    expect(tookMs(() => parts.wrapCore(coreOf([])).step(0, { kind: 'wake' }))).toBeLessThan(35);
  });

  it('freezes once, at its next step', () => {
    const { tell, parts } = ailing();
    const core = parts.wrapCore(coreOf([]));
    tell({}, 40);
    expect(tookMs(() => core.step(0, { kind: 'wake' }))).toBeGreaterThan(35);
    expect(tookMs(() => core.step(0, { kind: 'wake' }))).toBeLessThan(35);
  });
});

describe('what a launcher keeps of a machine', () => {
  it('adds up over orders, until a repair', () => {
    const node = 'n1';
    let state = afterOrder(WELL, { kind: 'clock', node, offsetMs: 7 });
    state = afterOrder(state, { kind: 'disk', node, fault: 'full' });
    state = afterOrder(state, { kind: 'disk', node, fault: 'torn-tail' });
    state = afterOrder(state, { kind: 'slow', node, msPerBlock: 9 });
    state = afterOrder(state, { kind: 'sync', node, delayMs: 3 });
    expect(state).toEqual({ offsetMs: 7, failing: 'all', tail: 'torn-tail', msPerBlock: 9, syncMs: 3 });
    expect(readMachineMessage(JSON.stringify({ state, freezeMs: 0 }))).toEqual({ state, freezeMs: 0 });
    expect(afterOrder(state, { kind: 'disk', node, fault: 'well' })).toMatchObject({ failing: 'none', tail: null });
    expect(afterOrder(state, { kind: 'repair' })).toEqual(WELL);
  });

  it('is told in a line that nothing else looks like', () => {
    expect(readMachineMessage('')).toBeNull();
    expect(readMachineMessage('{"state":{}}')).toBeNull();
  });
});
