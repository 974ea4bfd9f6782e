// Keccak-256 as functions of the module (the original padding of the Keccak submission; permutation as in FIPS 202, 3.2 and 3.3).

import { divide } from '../../lib/integer.ts';
import {
  br,
  brIf,
  type Code,
  c32,
  c64,
  call,
  defineFunction,
  type FunctionCode,
  get,
  i32,
  i64,
  type Local,
  label,
  local,
  loop,
  memory,
  param,
  scope,
  set,
  v128,
  when,
} from './emitter.ts';
import { KECCAK_CONSTANTS, SCRATCH } from './layout.ts';

const LANES = 25;
const ROUNDS = 24;
const RATE = 136;
const STATE = SCRATCH + 0x400;
const LAST_BLOCK = STATE + LANES * 8;

/** FIPS 202, table 2, by x + 5y. */
const ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

/** The 24 round constants, by the shift register of FIPS 202, 3.2.5: the module reads them at KECCAK_CONSTANTS. */
export function roundConstants(): BigUint64Array {
  const constants = new BigUint64Array(ROUNDS);
  let register = 1;
  for (let round = 0; round < ROUNDS; round++)
    for (let j = 0; j < 7; j++) {
      if ((register & 1) === 1) constants[round] = (constants[round] ?? 0n) | (1n << BigInt(2 ** j - 1));
      register = (register << 1) ^ (register >>> 7 === 1 ? 0x171 : 0);
    }
  return constants;
}

/** keccakF: the permutation of STATE; keccak(from, size, to): the hash of bytes as a word. */
export function keccakFunctions(index: (name: string) => number): readonly FunctionCode[] {
  return [permutation(), hash(index)];
}

function permutation(): FunctionCode {
  const of = scope();
  const lanes = Array.from({ length: LANES }, () => local(of, 'i64'));
  const moved = Array.from({ length: LANES }, () => local(of, 'i64'));
  const parity = Array.from({ length: 5 }, () => local(of, 'i64'));
  const round = local(of, 'i32');
  const effect = local(of, 'i64');
  const at = (list: readonly Local[], i: number): Code => get(list[i] as Local); // i is below the list's length
  const theta = [
    ...parity.map((column, x) =>
      set(
        column,
        [1, 2, 3, 4].reduce((sum, y) => i64.xor(sum, at(lanes, x + 5 * y)), at(lanes, x)),
      ),
    ),
    ...parity.flatMap((_, x) => [
      set(effect, i64.xor(at(parity, (x + 4) % 5), i64.rotl(at(parity, (x + 1) % 5), c64(1)))),
      ...[0, 1, 2, 3, 4].map((y) => set(lanes[x + 5 * y] as Local, i64.xor(at(lanes, x + 5 * y), get(effect)))), // as above
    ]),
  ];
  // the lane at x, y goes to y, 2x + 3y
  const rhoAndPi = lanes.map((lane, i) => {
    const [x, y] = [i % 5, divide(i, 5)];
    return set(moved[y + 5 * ((2 * x + 3 * y) % 5)] as Local, i64.rotl(get(lane), c64(ROTATIONS[i] ?? 0))); // as above
  });
  const chi = lanes.map((lane, i) => {
    const row = i - (i % 5);
    const [next, afterNext] = [at(moved, row + ((i + 1) % 5)), at(moved, row + ((i + 2) % 5))];
    return set(lane, i64.xor(at(moved, i), i64.and(i64.xor(next, c64(-1)), afterNext)));
  });
  const again = label('a round');
  return defineFunction(
    'keccakF',
    of,
    [],
    ...lanes.map((lane, i) => set(lane, i64.load(c32(0), STATE + 8 * i))),
    set(round, c32(0)),
    loop(
      again,
      ...theta,
      ...rhoAndPi,
      ...chi,
      set(lanes[0] as Local, i64.xor(at(lanes, 0), i64.load(get(round), KECCAK_CONSTANTS))), // there are 25
      set(round, i32.add(get(round), c32(8))),
      brIf(i32.ltU(get(round), c32(ROUNDS * 8)), again),
    ),
    ...lanes.map((lane, i) => i64.store(c32(0), STATE + 8 * i, get(lane))),
  );
}

function hash(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [from, size, to] = [param(of, 0), param(of, 1), param(of, 2)];
  const absorb = (source: Code, offset: number): Code[] => [
    ...Array.from({ length: RATE >>> 3 }, (_, i) =>
      i64.store(c32(0), STATE + 8 * i, i64.xor(i64.load(c32(0), STATE + 8 * i), i64.load(source, offset + 8 * i))),
    ),
    call(index('keccakF')),
  ];
  const blocks = label('a block');
  const padding = (at: Code, bit: number): Code =>
    i32.store8(at, LAST_BLOCK, i32.or(i32.load8(at, LAST_BLOCK), c32(bit)));
  return defineFunction(
    'keccak',
    of,
    [],
    memory.fill(c32(STATE), c32(0), c32(LANES * 8 + RATE)),
    loop(
      blocks,
      when(
        i32.geU(get(size), c32(RATE)),
        ...absorb(get(from), 0),
        set(from, i32.add(get(from), c32(RATE))),
        set(size, i32.sub(get(size), c32(RATE))),
        br(blocks),
      ),
    ),
    memory.copy(c32(LAST_BLOCK), get(from), get(size)),
    padding(get(size), 0x01),
    padding(c32(RATE - 1), 0x80),
    ...absorb(c32(0), LAST_BLOCK),
    // the hash is a big-endian word
    v128.store(get(to), 0, v128.reverse(v128.load(c32(0), STATE + 16))),
    v128.store(get(to), 16, v128.reverse(v128.load(c32(0), STATE))),
  );
}
