import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWheel, WHEEL_TICKS } from '../../../sim/scale/wheel.ts';

describe('a timing wheel', () => {
  it('gives back what a sorted list would: by tick, and in the order of pushing within one', () => {
    const wait = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: WHEEL_TICKS - 1 }));
    const steps = fc.array(fc.array(wait, { maxLength: 6 }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (rounds) => {
        const wheel = createWheel();
        let model: { tick: number; event: number }[] = [];
        let now = 0;
        let pushed = 0;
        for (const waits of rounds) {
          for (const after of waits) {
            pushed += 1;
            wheel.push(now + after, pushed);
            model.push({ tick: now + after, event: pushed });
          }
          expect(wheel.size()).toBe(model.length);
          const earliest = model.length === 0 ? null : Math.min(...model.map(({ tick }) => tick));
          expect(wheel.nextTick()).toBe(earliest);
          if (earliest === null) continue;
          const due: number[] = [];
          wheel.take(earliest, (event) => due.push(event));
          expect(due).toEqual(model.filter(({ tick }) => tick === earliest).map(({ event }) => event));
          model = model.filter(({ tick }) => tick !== earliest);
          now = earliest;
        }
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });

  it('takes what is pushed while it gives out, and goes on growing', () => {
    const wheel = createWheel();
    wheel.push(1, 0);
    const seen: number[] = [];
    for (let tick = wheel.nextTick(); tick !== null && seen.length < 5_000; tick = wheel.nextTick()) {
      wheel.take(tick, (event) => {
        seen.push(event);
        for (const after of [1, 3]) if (wheel.size() < 3_000) wheel.push(tick + after, event + after);
      });
    }
    expect(seen.slice(0, 6)).toEqual([0, 1, 2, 3, 3, 4]);
  });

  it('refuses the present, the past, and what is beyond its reach', () => {
    const wheel = createWheel();
    wheel.take(100, () => {});
    for (const tick of [99, 100, 100 + WHEEL_TICKS]) expect(() => wheel.push(tick, 1)).toThrow(`tick ${tick} at 100`);
    wheel.push(99 + WHEEL_TICKS, 1);
    expect(wheel.nextTick()).toBe(99 + WHEEL_TICKS);
    expect(() => wheel.take(100, () => {})).toThrow('from tick 100 back to 100');
    expect(() => wheel.move(99 + WHEEL_TICKS)).toThrow('past what is due');
    expect(() => wheel.move(99)).toThrow('from tick 100 to 99');
    wheel.move(98 + WHEEL_TICKS);
    wheel.push(98 + 2 * WHEEL_TICKS - 1, 2);
    expect(wheel.nextTick()).toBe(99 + WHEEL_TICKS);
  });
});
