import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Effect, Input, NodeCore } from '../../node/core/contract.ts';
import { createDriver, createMonotonicClock, type OuterEffect } from '../../node/host/driver.ts';
import type { Write } from '../../node/lib/store.ts';

/** A core that answers each input as the test says, and notes what it got. */
function scriptedCore(script: (input: Input, nowMs: number) => readonly Effect[], wakeAtMs: () => number) {
  const steps: { readonly atMs: number; readonly input: Input }[] = [];
  const core: NodeCore = {
    step(atMs, input) {
      steps.push({ atMs, input });
      return script(input, atMs);
    },
    wakeAtMs,
    view: () => {
      throw new Error('no view');
    },
  };
  return { core, steps };
}

const event = (message: string): Effect => ({ kind: 'event', event: { kind: 'host', message } });
const persist = (key: string): Effect => ({ kind: 'persist', writes: [{ key, value: new Uint8Array() }] });
const request = (id: number): Input => ({ kind: 'request', from: 'p', id, bytes: new Uint8Array() });
const texts = (effects: readonly OuterEffect[]): string[] =>
  effects.map((effect) =>
    effect.kind === 'event' && effect.event.kind === 'host' ? effect.event.message : effect.kind,
  );

/** A store whose writes become durable when the test says so. */
function manualStore() {
  const pending: {
    readonly writes: readonly Write[];
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  return {
    pending,
    persist: (writes: readonly Write[]) =>
      new Promise<void>((resolve, reject) => {
        pending.push({ writes, resolve, reject });
      }),
  };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

describe('the driver', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('performs nothing that follows a persist before it is durable, across steps too, and steps meanwhile', async () => {
    const performed: string[] = [];
    const store = manualStore();
    const { core, steps } = scriptedCore(
      (input) => {
        if (input.kind === 'wake') return [event('a'), persist('1'), event('b'), persist('2'), event('c')];
        return [event('later')];
      },
      () => Number.POSITIVE_INFINITY,
    );
    const driver = createDriver({
      core,
      store,
      clock: () => Date.now(),
      perform: (effects) => performed.push(...texts(effects)),
      fatal: (error) => {
        throw error;
      },
    });
    driver.start();
    driver.input(request(1));
    expect(steps).toHaveLength(2);
    expect(performed).toEqual(['a']);
    expect(store.pending).toHaveLength(2);
    store.pending[1]!.resolve();
    await settled();
    expect(performed).toEqual(['a']);
    store.pending[0]!.resolve();
    await settled();
    expect(performed).toEqual(['a', 'b', 'c', 'later']);
    driver.stop();
  });

  it('ends with a failed persist and performs nothing after it', async () => {
    const performed: string[] = [];
    const errors: unknown[] = [];
    const store = manualStore();
    const { core, steps } = scriptedCore(
      () => [persist('1'), event('b')],
      () => Number.POSITIVE_INFINITY,
    );
    const driver = createDriver({
      core,
      store,
      clock: () => Date.now(),
      perform: (effects) => performed.push(...texts(effects)),
      fatal: (error) => errors.push(error),
    });
    driver.start();
    store.pending[0]!.reject(new Error('disk full'));
    await settled();
    driver.input(request(1));
    expect(steps).toHaveLength(1);
    expect(performed).toEqual([]);
    expect(errors).toEqual([new Error('disk full')]);
  });

  it('ends where the core throws', () => {
    const errors: unknown[] = [];
    const { core } = scriptedCore(
      () => {
        throw new Error('a bug');
      },
      () => 0,
    );
    const store = manualStore();
    createDriver({
      core,
      store,
      clock: () => 1,
      perform: () => undefined,
      fatal: (error) => errors.push(error),
    }).start();
    expect(errors).toEqual([new Error('a bug')]);
  });

  it('wakes the core first, holds earlier inputs, and wakes it again when it wants', async () => {
    let wakeAtMs = 1_500;
    const { core, steps } = scriptedCore(
      (input, atMs) => {
        if (input.kind === 'wake') wakeAtMs = atMs + 500;
        return [];
      },
      () => wakeAtMs,
    );
    const driver = createDriver({
      core,
      store: manualStore(),
      clock: () => Date.now(),
      perform: () => undefined,
      fatal: (error) => {
        throw error;
      },
    });
    driver.input(request(7));
    expect(steps).toHaveLength(0);
    driver.start();
    expect(steps.map((step) => step.input.kind)).toEqual(['wake', 'request']);
    await vi.advanceTimersByTimeAsync(499);
    expect(steps).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(steps.map((step) => [step.input.kind, step.atMs])).toEqual([
      ['wake', 1_000],
      ['request', 1_000],
      ['wake', 1_500],
    ]);
    driver.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(steps).toHaveLength(3);
  });

  it('puts an overdue wake before the inputs that keep coming', async () => {
    let wakeAtMs = 1_100;
    const { core, steps } = scriptedCore(
      (input, atMs) => {
        if (input.kind === 'wake') wakeAtMs = atMs + 1_000;
        return [];
      },
      () => wakeAtMs,
    );
    const driver = createDriver({
      core,
      store: manualStore(),
      clock: () => Date.now(),
      perform: () => undefined,
      fatal: (error) => {
        throw error;
      },
    });
    driver.start();
    vi.setSystemTime(2_500);
    driver.input(request(1));
    expect(steps.map((step) => step.input.kind)).toEqual(['wake', 'wake', 'request']);
    driver.stop();
  });

  it('keeps the order of inputs that come while a step performs', () => {
    const { core, steps } = scriptedCore(
      () => [event('x')],
      () => Number.POSITIVE_INFINITY,
    );
    let given = 0;
    const driver = createDriver({
      core,
      store: manualStore(),
      clock: () => Date.now(),
      perform: () => {
        if (given < 3) driver.input(request(++given));
      },
      fatal: (error) => {
        throw error;
      },
    });
    driver.start();
    expect(steps.map((step) => (step.input.kind === 'request' ? step.input.id : 0))).toEqual([0, 1, 2, 3]);
    driver.stop();
  });

  it('lets the time stand still while the clock is behind', () => {
    let wall = 100;
    const clock = createMonotonicClock(() => wall);
    expect(clock()).toBe(100);
    wall = 40;
    expect(clock()).toBe(100);
    wall = 101;
    expect(clock()).toBe(101);
  });
});
