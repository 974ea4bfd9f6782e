// The tests of opcodes, once more, on tier 2, where everything is compiled.

import { vi } from 'vitest';

vi.hoisted(() => {
  process.env['LOCKSTEP_TIER'] = '2';
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
