// Reading fields of a parsed genesis.json: what is absent is null, what is malformed throws FieldError with the field's path. The
// forms are geth's: quantities are JSON numbers, decimal strings or hex with 0x; data is hex with 0x.

import { EMPTY_BYTES, hexToBytes, isHex } from '../lib/bytes.ts';
import { toSafeNumber } from '../lib/integer.ts';

/** A field that is missing or malformed. Caught where the file's reading began and turned into a problem value there. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** An object of the file and where it stands in it. */
export type Section = { readonly path: string; readonly fields: ReadonlyMap<string, unknown> };

/** The value as an object. Throws FieldError. */
export function openSection(value: unknown, path: string): Section {
  if (value === undefined || value === null) throw new FieldError(path, 'is missing');
  if (typeof value !== 'object' || Array.isArray(value))
    throw new FieldError(path, `must be an object, not ${describe(value)}`);
  return { path, fields: new Map(Object.entries(value)) };
}

/** The path of a field of the section. */
export function pathOf(section: Section, name: string): string {
  return section.path === '' ? name : `${section.path}.${name}`;
}

/** Whether the section has the field; null counts as absent, as in geth's files. */
export function hasField(section: Section, name: string): boolean {
  const value = section.fields.get(name);
  return value !== undefined && value !== null;
}

/** The object in a field. Throws FieldError where it is absent or none. */
export function subsection(section: Section, name: string): Section {
  return openSection(section.fields.get(name), pathOf(section, name));
}

/** The value that a reader below returned, which must be there. Throws FieldError. */
export function required<T>(value: T | null, section: Section, name: string): T {
  if (value === null) throw new FieldError(pathOf(section, name), 'is missing');
  return value;
}

/** A non-negative integer of at most that many bits, or null. Throws FieldError. */
export function quantityField(section: Section, name: string, bits: number): bigint | null {
  return hasField(section, name) ? asQuantity(section.fields.get(name), pathOf(section, name), bits) : null;
}

/** A non-negative integer that a number holds exactly, or null. Throws FieldError. */
export function numberField(section: Section, name: string): number | null {
  const value = quantityField(section, name, 64);
  if (value === null) return null;
  const number = toSafeNumber(value);
  if (number === null) throw new FieldError(pathOf(section, name), `must be below 2^53, not ${value}`);
  return number;
}

/** Bytes from hex, of exactly that size where one is given, or null. Throws FieldError. */
export function bytesField(section: Section, name: string, size?: number): Uint8Array | null {
  return hasField(section, name) ? asData(section.fields.get(name), pathOf(section, name), size) : null;
}

const QUANTITY = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;

/** The value as a non-negative integer. Throws FieldError. */
export function asQuantity(value: unknown, path: string, bits: number): bigint {
  if (typeof value === 'number' ? value < 0 : typeof value === 'string' && /^-/.test(value))
    throw new FieldError(path, `must not be negative: ${value}`);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new FieldError(path, `must be an integer below 2^53 or a string: ${value}`);
  } else if (typeof value !== 'string') {
    throw new FieldError(path, `must be a number or a string, not ${describe(value)}`);
  } else if (!QUANTITY.test(value)) {
    throw new FieldError(path, `must be decimal or hex with 0x: ${JSON.stringify(value)}`);
  }
  const quantity = BigInt(value);
  if (quantity >> BigInt(bits) !== 0n) throw new FieldError(path, `must fit into ${bits} bits: ${value}`);
  return quantity;
}

/** The value as bytes. Throws FieldError. */
export function asData(value: unknown, path: string, size?: number): Uint8Array {
  if (typeof value !== 'string') throw new FieldError(path, `must be a string of hex, not ${describe(value)}`);
  if (value !== '' && !isHex(value))
    throw new FieldError(path, `must be hex of whole bytes with 0x: ${JSON.stringify(clip(value))}`);
  const bytes = value === '' ? EMPTY_BYTES : hexToBytes(value); // geth reads no text as no bytes
  if (size !== undefined && bytes.length !== size)
    throw new FieldError(path, `must have ${size} bytes, not ${bytes.length}`);
  return bytes;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
}

/** A quoted value stays a short line. */
function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
