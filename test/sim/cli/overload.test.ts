import { expect, test } from 'vitest';
import { overloadLine } from '../../../sim/cli/overload.ts';

test('a machine with three waiting processes a core is not crowded, one with more is', () => {
  expect(overloadLine(6, 2)).toBeNull();
  expect(overloadLine(6.1, 2)).toMatch(/^this machine is crowded \(load 6 on 2 cores\)/);
});
