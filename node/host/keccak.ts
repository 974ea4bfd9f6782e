// Keccak-256 in WebAssembly over a small memory: tier 1's permutation as a module of its own. Short inputs, which are nearly all, are
// written where they are hashed.

import { createKeccak } from 'hash-wasm';
import { assembleModule } from '../evm/tier-one/emitter.ts';
import { keccakFunctions, roundConstants } from '../evm/tier-one/keccak.ts';
import { KECCAK_CONSTANTS } from '../evm/tier-one/layout.ts';
import { HASH_PAD_BYTES, type HashPad, type Keccak } from '../lib/hashing.ts';

export type FastKeccak = { readonly hash: Keccak; readonly pad: HashPad };

const DIGEST_BYTES = 32;
/** Behind the constants: the digest, the pad, the input. The rest of two pages holds it, and longer ones are hashed elsewhere. */
const DIGEST = KECCAK_CONSTANTS + 0x100;
const PAD = DIGEST + DIGEST_BYTES;
const INPUT = PAD + HASH_PAD_BYTES;
const PAGES = 2;
const PAGE_BYTES = 65_536;
const INPUT_BYTES_MAX = PAGES * PAGE_BYTES - INPUT;

/** Creates an instance; its module is a kilobyte or two and the same everywhere. */
export async function createFastKeccak(): Promise<FastKeccak> {
  const names = ['keccakF', 'keccak'];
  const functions = keccakFunctions((name) => names.indexOf(name));
  const bytes = assembleModule([], functions, { min: PAGES, max: PAGES }, []);
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = instance.exports['keccak'] as (from: number, size: number, to: number) => void; // as assembled above
  const all = new Uint8Array(memory.buffer);
  new BigUint64Array(memory.buffer).set(roundConstants(), KECCAK_CONSTANTS >> 3);
  const pad = all.subarray(PAD, PAD + HASH_PAD_BYTES);
  const long = await createKeccak(256);

  const hash = (from: number, length: number, target: Uint8Array, at: number): void => {
    run(from, length, DIGEST);
    // the module writes a word of the virtual machine, its lowest byte first
    for (let i = 0; i < DIGEST_BYTES; i++) target[at + i] = all[DIGEST + DIGEST_BYTES - 1 - i] ?? 0;
  };
  return {
    pad: { bytes: pad, hash: (from, length, target, at) => hash(PAD + from, length, target, at) },
    hash(input) {
      if (input.length > INPUT_BYTES_MAX) return long.init().update(input).digest('binary');
      all.set(input, INPUT);
      const digest = new Uint8Array(DIGEST_BYTES);
      hash(INPUT, input.length, digest, 0);
      return digest;
    },
  };
}
