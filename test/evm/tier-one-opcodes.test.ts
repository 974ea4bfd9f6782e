// The tests of opcodes, once more, on tier 1.

import { vi } from 'vitest';

vi.hoisted(() => {
  process.env['LOCKSTEP_TIER'] = '1';
});

import './arithmetic.test.ts';
import './bitwise.test.ts';
import './call.test.ts';
import './create.test.ts';
import './delegation.test.ts';
import './environment.test.ts';
import './flow.test.ts';
import './interpreter.test.ts';
import './memory.test.ts';
import './storage.test.ts';
