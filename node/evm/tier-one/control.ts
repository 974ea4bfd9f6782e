// Code that reads and writes fields of CONTROL.

import { type Code, c32, f64, i32, i64 } from './emitter.ts';
import { CONTROL } from './layout.ts';

export type ControlField = keyof typeof CONTROL;
export const control = (field: ControlField): Code => i32.load(c32(0), CONTROL[field]);
export const setControl = (field: ControlField, value: Code): Code => i32.store(c32(0), CONTROL[field], value);
/** The gas, which is an f64 there, as an i64. */
export const controlGas: Code = i64.truncate(f64.load(c32(0), CONTROL.gas));
export const setControlGas = (gas: Code): Code => f64.store(c32(0), CONTROL.gas, f64.convert(gas));
