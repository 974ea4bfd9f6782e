// BLAKE2b's compression function F in a small WebAssembly module: RFC 7693 section 3.2 on words of 64 bits, the ten rounds of the message
// schedule unrolled. Made at first use, in about a millisecond.

import { present } from '../../lib/assert.ts';
import {
  assembleModule,
  block,
  br,
  brIf,
  type Code,
  c32,
  c64,
  defineFunction,
  get,
  i32,
  i64,
  type Local,
  label,
  local,
  loop,
  param,
  scope,
  set,
} from '../tier-one/emitter.ts';
import type { PrecompileBackend } from './operations.ts';
import { IV, MIXED, SIGMA } from './reference/blake2b.ts';

/** The operation over an instance of its own. Throws what the engine throws where it refuses the module. */
export function createBlake2b(): Pick<PrecompileBackend, 'blake2bF'> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { env: { memory } });
  const compress = instance.exports['compress'] as (rounds: number) => void; // the one function of the module below
  const bytes = new Uint8Array(memory.buffer);
  return {
    blake2bF(input) {
      bytes.set(input.subarray(ROUNDS_BYTES, ROUNDS_BYTES + FLAG + 1), H);
      compress(new DataView(input.buffer, input.byteOffset).getUint32(0) | 0);
      return bytes.slice(H, M);
    },
  };
}

/** EIP-152's input without the rounds, as it lies in the memory. */
const ROUNDS_BYTES = 4;
const H = 0;
const M = 64;
const T = 192;
const FLAG = 208;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  return assembleModule([], [compressFunction()], { min: 1, max: 1 }, []);
}

/** compress(rounds): the new h in the place of the old one. */
function compressFunction() {
  const of = scope('i32');
  const rounds = param(of, 0);
  const v = Array.from({ length: 16 }, () => local(of, 'i64'));
  const word = (index: number): Local => present(v[index], 'one of 16 words');
  const wordAt = (address: number): Code => i64.load(c32(address));

  const begin: Code[] = v.map((to, i) => set(to, i < 8 ? wordAt(H + 8 * i) : c64(initialWord(i - 8))));
  begin.push(set(word(12), i64.xor(get(word(12)), wordAt(T))));
  begin.push(set(word(13), i64.xor(get(word(13)), wordAt(T + 8))));
  const flag = i64.load8(c32(FLAG));
  begin.push(set(word(14), i64.xor(get(word(14)), i64.sub(c64(0), flag)))); // all ones where it is the last block

  const done = label('done');
  const again = label('again');
  const rows: Code[] = [];
  for (let row = 0; row < SIGMA.length; row += 16) {
    rows.push(brIf(i32.eqz(get(rounds)), done), set(rounds, i32.sub(get(rounds), c32(1))));
    for (let i = 0; i < 16; i += 2) {
      const [a, b, c, d] = [0, 1, 2, 3].map((j) => word(laneWord(MIXED, 2 * i + j)));
      const [x, y] = [0, 1].map((j) => wordAt(M + 8 * laneWord(SIGMA, row + i + j)));
      rows.push(mix({ a, b, c, d, x, y }));
    }
  }
  const end = Array.from({ length: 8 }, (_, i) =>
    i64.store(c32(H + 8 * i), 0, i64.xor(wordAt(H + 8 * i), i64.xor(get(word(i)), get(word(i + 8))))),
  );
  return defineFunction('compress', of, [], ...begin, block(done, loop(again, ...rows, br(again))), ...end);
}

type Mixed = { readonly [word in 'a' | 'b' | 'c' | 'd']: Local | undefined } & {
  readonly x: Code | undefined;
  readonly y: Code | undefined;
};

/** RFC 7693's G (section 3.1); a rotation to the right by n is one to the left by 64 - n. */
function mix(words: Mixed): Code {
  const a = present(words.a, 'a');
  const b = present(words.b, 'b');
  const c = present(words.c, 'c');
  const d = present(words.d, 'd');
  const half = (addend: Code, leftOfD: number, leftOfB: number): Code => [
    set(a, i64.add(i64.add(get(a), get(b)), addend)),
    set(d, i64.rotl(i64.xor(get(d), get(a)), c64(leftOfD))),
    set(c, i64.add(get(c), get(d))),
    set(b, i64.rotl(i64.xor(get(b), get(c)), c64(leftOfB))),
  ];
  return [half(present(words.x, 'x'), 32, 40), half(present(words.y, 'y'), 48, 1)];
}

function initialWord(index: number): bigint {
  const half = (lane: number): bigint => BigInt.asUintN(32, BigInt(present(IV[lane], 'a lane')));
  return (half(2 * index + 1) << 32n) | half(2 * index);
}

/** The word that begins at a lane of the reference's tables. */
function laneWord(table: Int32Array, index: number): number {
  return present(table[index], 'an entry of the table') >>> 1;
}
