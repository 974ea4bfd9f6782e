// What a step did, as a recording keeps it: what came from outside in it (signatures, readings of a machine's clock), the running hash over
// all effects, and of each effect a digest and a line, so that a replay can say which one differs.

import type { Effect } from '../core/contract.ts';
import { effectBytes, effectWords } from '../core/effect-text.ts';
import { assert } from '../lib/assert.ts';
import {
  bytesToBigint,
  bytesToUtf8,
  concatBytes,
  numberToBytes,
  utf8ToBytes,
  wordToBytes,
  writeUtf8,
} from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import { asBytes, asList, asNumber, DecodeError, type RlpItem } from '../lib/rlp.ts';
import type { Signature } from '../lib/signatures.ts';
import { crc32 } from './frames.ts';

/** A value that the core got from outside in the middle of a step. */
export type Outside =
  | { readonly kind: 'signature'; readonly signature: Signature }
  | { readonly kind: 'clock'; readonly nowMs: number };

/** One effect, told apart by its digest; the line is for people and may be missing. */
export type EffectMark = { readonly digest: Uint8Array; readonly line: string };

export type StepResult = {
  readonly outside: readonly Outside[];
  /** The running hash behind the step. */
  readonly hash: Uint8Array;
  readonly effects: readonly EffectMark[];
};

/** The running hash before a life's first step. */
export const FIRST_HASH: Uint8Array = keccak256(utf8ToBytes('lockstep recording 1'));

/** A check of the effect's bytes: enough to find the one that differs. The running hash is what proves that none does. */
const DIGEST_BYTES = 4;
/** Characters of one line, and of all lines of a step: what a flood of transactions tells is not worth its space. */
const LINE_MAX = 300;
const LINES_MAX = 1_200;

/** Makes the results of steps, each from the running hash before it. A step without effects leaves the hash as it is. */
export type Results = (before: Uint8Array, outside: readonly Outside[], effects: readonly Effect[]) => StepResult;

/** Effects are written one behind the other into one array, which is hashed where it lies: a block's are many. */
export function createResults(): Results {
  let bytes = new Uint8Array(65_536);
  let end = 0;

  const reserve = (more: number): void => {
    if (end + more <= bytes.length) return;
    const larger = new Uint8Array(2 * (end + more));
    larger.set(bytes.subarray(0, end));
    bytes = larger;
  };
  const add = (blob: Uint8Array): void => {
    reserve(blob.length);
    bytes.set(blob, end);
    end += blob.length;
  };
  /** Behind its length, so that no two effects have the same bytes. */
  const addText = (text: string): void => {
    reserve(3 * text.length + 16);
    const from = end + 4;
    end = from + writeUtf8(text, bytes, from);
    new DataView(bytes.buffer).setUint32(from - 4, end - from);
  };

  return (before, outside, effects) => {
    if (effects.length === 0) return { outside, hash: before, effects: [] };
    end = 0;
    add(before);
    let room = LINES_MAX;
    const marks = effects.map((effect): EffectMark => {
      const from = end;
      const words = effectWords(effect);
      addText(words);
      effectBytes(effect, add);
      const line = room === 0 ? '' : effectLine(effect, words).slice(0, Math.min(LINE_MAX, room));
      room -= line.length;
      return { digest: checkOf(bytes.subarray(from, end)), line };
    });
    return { outside, hash: keccak256(bytes.subarray(0, end)), effects: marks };
  };
}

function checkOf(bytes: Uint8Array): Uint8Array {
  const check = new Uint8Array(DIGEST_BYTES);
  new DataView(check.buffer).setUint32(0, crc32(bytes));
  return check;
}

/** An effect in one line, its hashes shortened. */
export function effectLine(effect: Effect, words: string = effectWords(effect)): string {
  switch (effect.kind) {
    case 'persist': {
      const bytes = effect.writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      return `persist ${effect.writes.length} writes, ${bytes} bytes`;
    }
    case 'publish':
      return `publish on ${effect.topic}, ${effect.bytes.length} bytes`;
    case 'request':
      return `request ${effect.id} to …${effect.to.slice(-8)}, ${effect.bytes.length} bytes`;
    case 'respond':
      return `respond to ${effect.id}, ${effect.bytes.length} bytes`;
    case 'event': {
      if (effect.event.kind !== 'executed') return `event ${shortened(words.slice(EVENT_WORDS.length, -1))}`;
      const { kind, rlp: _, transactions, ...rest } = effect.event; // a whole block is no line
      return `event ${shortened(JSON.stringify({ kind, transactions: transactions.length, ...rest }))}`;
    }
    default:
      return shortened(words);
  }
}

/** What stands before an event in an effect's words. */
const EVENT_WORDS = '{"kind":"event","event":';

function shortened(text: string): string {
  return text.replace(/0x([0-9a-f]{8})[0-9a-f]{9,}/g, '0x$1…');
}

export function encodeResult({ outside, hash, effects }: StepResult): RlpItem {
  return [
    outside.map((value) => (value.kind === 'clock' ? [numberToBytes(value.nowMs)] : encodeSignature(value.signature))),
    hash,
    effects.map(({ digest, line }) => (line === '' ? digest : concatBytes(digest, utf8ToBytes(line)))),
  ];
}

/** Throws DecodeError. */
export function decodeResult(item: RlpItem | undefined): StepResult {
  const [outside, hash, effects] = asList(item, 'result', 3);
  return {
    outside: asList(outside, 'outside').map(decodeOutside),
    hash: asBytes(hash, 'hash', FIRST_HASH.length),
    effects: asList(effects, 'effects').map((effect) => {
      const bytes = asBytes(effect, 'effect');
      return { digest: bytes.subarray(0, DIGEST_BYTES), line: bytesToUtf8(bytes.subarray(DIGEST_BYTES)) };
    }),
  };
}

function encodeSignature({ r, s, yParity }: Signature): Uint8Array {
  assert(yParity === 0 || yParity === 1, `a parity of ${yParity}`);
  return concatBytes(wordToBytes(r), wordToBytes(s), yParity === 0 ? EVEN : ODD);
}

const EVEN = Uint8Array.of(0);
const ODD = Uint8Array.of(1);

function decodeOutside(item: RlpItem): Outside {
  if (!(item instanceof Uint8Array)) return { kind: 'clock', nowMs: asNumber(asList(item, 'clock', 1)[0], 'clock') };
  const bytes = asBytes(item, 'signature', 65);
  const yParity = bytes[64] ?? 0;
  if (yParity > 1) throw new DecodeError(`signature: a parity of ${yParity}`);
  const r = bytesToBigint(bytes.subarray(0, 32));
  return { kind: 'signature', signature: { r, s: bytesToBigint(bytes.subarray(32, 64)), yParity } };
}
