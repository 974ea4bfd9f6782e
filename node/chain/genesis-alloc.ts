// The allocation of a genesis.json: addresses with or without 0x, quantities in hex or decimal, storage words short or padded.

import { EMPTY_BYTES, isHex } from '../lib/bytes.ts';
import type { AllocAccount } from '../state/alloc.ts';
import type { Address } from '../types/transaction.ts';
import {
  asQuantity,
  bytesField,
  FieldError,
  hasField,
  quantityField,
  type Section,
  subsection,
} from './genesis-field.ts';

/** Reads `alloc`. Throws FieldError; two spellings of one address are an error, since the last one would win silently. */
export function readAlloc(alloc: Section): ReadonlyMap<Address, AllocAccount> {
  const accounts = new Map<Address, AllocAccount>();
  for (const key of alloc.fields.keys()) {
    const section = subsection(alloc, key);
    const address = readAddress(key, section.path);
    if (accounts.has(address)) throw new FieldError(section.path, 'the address stands here twice');
    accounts.set(address, readAccount(section));
  }
  return accounts;
}

function readAddress(key: string, path: string): Address {
  const prefixed = /^0[xX]/.test(key) ? key.slice(2) : key;
  const hex = `0x${prefixed.toLowerCase()}`;
  if (!/^0x[0-9a-f]*$/.test(hex)) throw new FieldError(path, 'the address must be hex');
  if (!isHex(hex, 20)) throw new FieldError(path, `the address must have 40 hex digits, not ${prefixed.length}`);
  return hex;
}

function readAccount(section: Section): AllocAccount {
  return {
    nonce: quantityField(section, 'nonce', 64) ?? 0n,
    balance: quantityField(section, 'balance', 256) ?? 0n,
    code: bytesField(section, 'code') ?? EMPTY_BYTES,
    storage: hasField(section, 'storage') ? readStorage(subsection(section, 'storage')) : new Map(),
  };
}

function readStorage(section: Section): ReadonlyMap<bigint, bigint> {
  const storage = new Map<bigint, bigint>();
  for (const [key, value] of section.fields) {
    const path = `${section.path}.${key}`;
    const slot = readWord(key, path);
    if (storage.has(slot)) throw new FieldError(path, 'the slot stands here twice');
    storage.set(slot, readWord(value, path));
  }
  return storage;
}

/** Storage words are hex, with or without 0x, of at most 32 bytes. */
function readWord(value: unknown, path: string): bigint {
  if (typeof value !== 'string' || !/^(?:0[xX])?[0-9a-fA-F]{1,64}$/.test(value))
    throw new FieldError(path, 'slots and their values must be hex of at most 32 bytes');
  return asQuantity(/^0[xX]/.test(value) ? value : `0x${value}`, path, 256);
}
