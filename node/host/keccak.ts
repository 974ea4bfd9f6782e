// Keccak-256 in WebAssembly over one small memory: tier 1's permutation as a module of its own. Short inputs, which are nearly all, are
// written where they are hashed.

import { createKeccak } from 'hash-wasm';
import { assembleModule } from '../evm/tier-one/emitter.ts';
import { keccakFunctions, roundConstants } from '../evm/tier-one/keccak.ts';
import { KECCAK_CONSTANTS } from '../evm/tier-one/layout.ts';
import { assert } from '../lib/assert.ts';
import { HASH_PAD_BYTES, type HashPad, type Keccak } from '../lib/hashing.ts';

export type FastKeccak = { readonly hash: Keccak; readonly pad: HashPad };

const DIGEST_BYTES = 32;
/** Behind the constants: the digest, then the input. The rest of the page holds it, and longer ones are hashed elsewhere. */
const DIGEST = KECCAK_CONSTANTS + 0x100;
const INPUT = DIGEST + DIGEST_BYTES;
const PAGE_BYTES = 65_536;
const INPUT_BYTES_MAX = PAGE_BYTES - INPUT;
assert(INPUT_BYTES_MAX >= HASH_PAD_BYTES, 'the pad is inside the page');

/** Creates an instance; its module is a kilobyte or two and the same everywhere. */
export async function createFastKeccak(): Promise<FastKeccak> {
  const names = ['keccakF', 'keccak'];
  const functions = keccakFunctions((name) => names.indexOf(name));
  const bytes = assembleModule([], functions, { min: 1, max: 1 }, []);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = instance.exports['keccak'] as (from: number, size: number, to: number) => void; // as assembled above
  const all = new Uint8Array(memory.buffer);
  new BigUint64Array(memory.buffer).set(roundConstants(), KECCAK_CONSTANTS >> 3);
  const pad = all.subarray(INPUT, INPUT + HASH_PAD_BYTES);
  const long = await createKeccak(256);

  const hash = (length: number, target: Uint8Array, at: number): void => {
    run(INPUT, length, DIGEST);
    // the module writes a word of the virtual machine, its lowest byte first
    for (let i = 0; i < DIGEST_BYTES; i++) target[at + i] = all[DIGEST + DIGEST_BYTES - 1 - i] ?? 0;
  };
  return {
    pad: { bytes: pad, hash },
    hash(input) {
      if (input.length > INPUT_BYTES_MAX) return long.init().update(input).digest('binary');
      all.set(input, INPUT);
      const digest = new Uint8Array(DIGEST_BYTES);
      hash(input.length, digest, 0);
      return digest;
    },
  };
}
