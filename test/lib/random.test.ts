import { describe, expect, test } from 'vitest';
import { createRandom } from '../../node/lib/random.ts';

const draw = (seed: string, count = 8): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.below(1_000));
};

describe('the generator', () => {
  test('gives the same numbers for the same seed, on every machine', () => {
    expect(draw('seed')).toEqual(draw('seed'));
    expect(draw('seed')).not.toEqual(draw('Seed'));
    expect(draw('lockstep')).toMatchInlineSnapshot(`
      [
        389,
        481,
        319,
        492,
        565,
        943,
        17,
        800,
      ]
    `);
  });

  test('forks by name and seed, whatever was drawn before', () => {
    const [fresh, used] = [createRandom('seed'), createRandom('seed')];
    for (let i = 0; i < 100; i++) used.below(10);
    expect(used.fork('disk').below(2 ** 32)).toBe(fresh.fork('disk').below(2 ** 32));
    expect(fresh.fork('disk').below(2 ** 32)).not.toBe(fresh.fork('net').below(2 ** 32));
  });

  test('stays below its limit, reaches all of it, and between includes both bounds', () => {
    const random = createRandom('bounds');
    const below = new Set(Array.from({ length: 500 }, () => random.below(7)));
    expect([...below].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const between = new Set(Array.from({ length: 200 }, () => random.between(-1, 1)));
    expect([...between].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
    expect(random.below(1)).toBe(0);
  });

  test.each([0, -1, 0.5, 2 ** 32 + 1])('has no numbers below %d', (limit) => {
    expect(() => createRandom('limit').below(limit)).toThrow('random limit');
  });

  test('has chances of never and always', () => {
    const random = createRandom('chance');
    const draws = Array.from({ length: 50 }, () => [random.chance(0, 3), random.chance(3, 3)]);
    expect(draws.every(([never, always]) => !never && always)).toBe(true);
  });

  test('is about fair: 6,000 draws of six', () => {
    const random = createRandom('fair');
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 6_000; i++) counts[random.below(6)]!++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150); // five standard deviations
  });

  test('shuffles into a new list of the same items', () => {
    const items = Array.from({ length: 20 }, (_, n) => n);
    const shuffled = createRandom('shuffle').shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
    expect(() => createRandom('pick').pick([])).toThrow('pick from nothing');
  });
});
