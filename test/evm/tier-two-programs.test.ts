// The tests of tier 1, once more, on tier 2, where everything is compiled.

import { vi } from 'vitest';

vi.hoisted(() => {
  process.env['LOCKSTEP_TIER'] = '2';
});

vi.setConfig({ testTimeout: 300_000 }); // each program is compiled

import './tier-one.test.ts';
