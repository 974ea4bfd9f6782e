// Functions of the module for MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD and EXP, in the module's order. Operands and results are words at
// addresses, four limbs each.

import { divideFunction } from './divide.ts';
import type { FunctionCode } from './emitter.ts';
import type { IndexOf } from './limbs.ts';
import { modularFunctions } from './modular.ts';
import { multiplyFunctions } from './multiply.ts';
import { powerFunction } from './power.ts';

export function arithmeticFunctions(index: IndexOf): readonly FunctionCode[] {
  return [...multiplyFunctions(), divideFunction(), ...modularFunctions(index), powerFunction(index)];
}
