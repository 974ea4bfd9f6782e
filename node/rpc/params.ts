// Parameters as users send them: checked, and decoded once. Every helper throws the RpcFault that says which argument is wrong and why.

import { type Hex, hexToBytes } from '../lib/bytes.ts';
import { toSafeNumber } from '../lib/integer.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { invalidArgument, missingArgument } from './errors.ts';
import { isRecord } from './json.ts';

/** A value inside the parameters, and where it stands: `index` is the argument's, for the fault that names it. */
export type Argument = { readonly index: number; readonly value: unknown };

/** The argument at a position; null counts as absent, as in go-ethereum. */
export function argument(params: readonly unknown[], index: number): Argument {
  return { index, value: params[index] ?? undefined };
}

/** The field of an object argument, in the same argument's name. */
export function field(object: ObjectArgument, name: string): Argument {
  return { index: object.index, value: object.fields[name] ?? undefined };
}

export type ObjectArgument = { readonly index: number; readonly fields: Readonly<Record<string, unknown>> };

/** The value where it is there, decoded; undefined where it is not. */
export function optional<T>(arg: Argument, decode: (arg: Argument) => T): T | undefined {
  return arg.value === undefined ? undefined : decode(arg);
}

export function toObject(arg: Argument): ObjectArgument {
  const value = required(arg);
  if (!isRecord(value)) throw invalidArgument(arg.index, `expected an object, got ${nameOf(value)}`);
  return { index: arg.index, fields: value };
}

export function toList<T>(arg: Argument, decode: (arg: Argument) => T): T[] {
  const value = required(arg);
  if (!Array.isArray(value)) throw invalidArgument(arg.index, `expected an array, got ${nameOf(value)}`);
  return value.map((item: unknown) => decode({ index: arg.index, value: item ?? undefined }));
}

export function toText(arg: Argument): string {
  const value = required(arg);
  if (typeof value !== 'string') throw invalidArgument(arg.index, `expected a string, got ${nameOf(value)}`);
  return value;
}

export function toBoolean(arg: Argument): boolean {
  const value = required(arg);
  if (typeof value !== 'boolean') throw invalidArgument(arg.index, `expected a boolean, got ${nameOf(value)}`);
  return value;
}

export function toNumber(arg: Argument): number {
  const value = required(arg);
  if (typeof value !== 'number') throw invalidArgument(arg.index, `expected a number, got ${nameOf(value)}`);
  return value;
}

/** 20 bytes, in lower case whatever the case was. */
export function toAddress(arg: Argument): Address {
  return toFixedHex(arg, 20, 'address');
}

/** 32 bytes, in lower case. */
export function toHash(arg: Argument): Hash {
  return toFixedHex(arg, 32, 'hash');
}

/** Bytes of any length: an even number of digits behind 0x. */
export function toBytes(arg: Argument): Uint8Array {
  const digits = hexDigits(arg);
  if (digits.length % 2 !== 0) throw invalidArgument(arg.index, 'hex string of odd length');
  return hexToBytes(`0x${digits}`);
}

/** A quantity of at most 256 bits: no leading zeros. */
export function toBigint(arg: Argument): bigint {
  return toQuantity(arg, 256);
}

/** A quantity of at most 64 bits. */
export function toUint64(arg: Argument): bigint {
  return toQuantity(arg, 64);
}

/** An amount of gas. What is beyond 2^53 - 1 is cut to it: no account and no cap reaches that far. */
export function toGas(arg: Argument): number {
  return toSafeNumber(toUint64(arg)) ?? Number.MAX_SAFE_INTEGER;
}

/** A block's number or an index. Nothing stands beyond 2^53 - 1. */
export function toIndex(arg: Argument): number {
  return toSafeNumber(toUint64(arg)) ?? Number.MAX_SAFE_INTEGER;
}

/** The value, which must be there. */
export function required(arg: Argument): unknown {
  if (arg.value === undefined) throw missingArgument(arg.index);
  return arg.value;
}

function toFixedHex(arg: Argument, size: number, what: string): Hex {
  const digits = hexDigits(arg);
  if (digits.length !== 2 * size)
    throw invalidArgument(arg.index, `hex string has length ${digits.length}, want ${2 * size} for ${what}`);
  return `0x${digits.toLowerCase()}`;
}

function toQuantity(arg: Argument, bits: number): bigint {
  const digits = hexDigits(arg);
  if (digits === '') throw invalidArgument(arg.index, 'hex string "0x"');
  if (digits.length > 1 && digits.startsWith('0'))
    throw invalidArgument(arg.index, 'hex number with leading zero digits');
  if (digits.length * 4 > bits) throw invalidArgument(arg.index, `hex number > ${bits} bits`);
  return BigInt(`0x${digits}`);
}

const DIGITS = /^[0-9a-fA-F]*$/;

function hexDigits(arg: Argument): string {
  const text = toText(arg);
  if (text === '') throw invalidArgument(arg.index, 'empty hex string');
  if (!text.startsWith('0x') && !text.startsWith('0X'))
    throw invalidArgument(arg.index, 'hex string without 0x prefix');
  const digits = text.slice(2);
  if (!DIGITS.test(digits)) throw invalidArgument(arg.index, 'invalid hex string');
  return digits;
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
