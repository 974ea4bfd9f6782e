// An effect as text and byte strings: what traces and recordings hash. Effects with equal words and equal bytes are equal.

import { bytesToHex } from '../lib/bytes.ts';
import type { Effect } from './contract.ts';

/** An effect as text; of its byte strings the lengths. */
export function effectWords(effect: Effect): string {
  switch (effect.kind) {
    case 'persist': {
      let words = 'persist';
      for (const { key, value } of effect.writes) words += ` ${key} ${value?.length ?? 'gone'}`;
      return words;
    }
    case 'publish':
    case 'request':
    case 'respond': {
      const { bytes, ...rest } = effect;
      return `${JSON.stringify(rest)} ${bytes.length}`;
    }
    case 'answer':
      return JSON.stringify(effect, jsonValue);
    default:
      return JSON.stringify(effect); // plain data without bytes and bigints
  }
}

/** Gives the byte strings of an effect, in their order. */
export function effectBytes(effect: Effect, take: (bytes: Uint8Array) => void): void {
  if (effect.kind === 'persist') {
    for (const { value } of effect.writes) if (value !== null) take(value);
  } else if ('bytes' in effect) take(effect.bytes);
}

/** JSON with bytes as hex and bigints as decimal text, as an outcome's evidence may hold them. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  return typeof value === 'bigint' ? value.toString() : value;
}
