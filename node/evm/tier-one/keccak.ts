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

/** The rounds are unrolled by so many. Each output row is done as soon as its five lanes are turned: little is alive at a time. */
const UNROLLED = 4;

function permutation(): FunctionCode {
  const of = scope();
  const newLanes = (): readonly Local[] => Array.from({ length: LANES }, () => local(of, 'i64'));
  const sets = [newLanes(), newLanes()];
  const parity = Array.from({ length: 5 }, () => local(of, 'i64'));
  const effects = Array.from({ length: 5 }, () => local(of, 'i64'));
  const row = Array.from({ length: 5 }, () => local(of, 'i64'));
  const offset = local(of, 'i32');
  const at = (list: readonly Local[], i: number): Local => list[i] as Local; // i is below the list's length
  const [lanes] = sets as [readonly Local[]];
  /** The lane that goes to each place: the one at x, y goes to y, 2x + 3y. */
  const sources: number[] = [];
  for (let i = 0; i < LANES; i++) {
    const [x, y] = [i % 5, divide(i, 5)];
    sources[y + 5 * ((2 * x + 3 * y) % 5)] = i;
  }
  const round = (from: readonly Local[], to: readonly Local[], number: number): Code[] => [
    ...parity.map((column, x) =>
      set(
        column,
        [1, 2, 3, 4].reduce((sum, y) => i64.xor(sum, get(at(from, x + 5 * y))), get(at(from, x))),
      ),
    ),
    ...effects.map((effect, x) =>
      set(effect, i64.xor(get(at(parity, (x + 4) % 5)), i64.rotl(get(at(parity, (x + 1) % 5)), c64(1)))),
    ),
    ...[0, 1, 2, 3, 4].flatMap((y) => [
      ...row.map((lane, x) => {
        const source = sources[x + 5 * y] ?? 0;
        const mixed = i64.xor(get(at(from, source)), get(at(effects, source % 5)));
        const turn = ROTATIONS[source] ?? 0;
        return set(lane, turn === 0 ? mixed : i64.rotl(mixed, c64(turn)));
      }),
      ...row.map((_, x) => {
        const value = chi(y, x, (i) => get(at(row, i % 5)));
        const constant = i64.load(get(offset), KECCAK_CONSTANTS + 8 * number);
        return set(at(to, x + 5 * y), x + y === 0 ? i64.xor(value, constant) : value);
      }),
    ]),
  ];
  const again = label('rounds');
  const rounds = Array.from({ length: UNROLLED }, (_, i) =>
    round(sets[i % 2] ?? lanes, sets[(i + 1) % 2] ?? lanes, i),
  ).flat();
  return defineFunction(
    'keccakF',
    of,
    [],
    ...lanes.map((lane, i) => set(lane, turned(i, i64.load(c32(0), STATE + 8 * i)))),
    loop(
      again,
      ...rounds,
      set(offset, i32.add(get(offset), c32(8 * UNROLLED))),
      brIf(i32.ltU(get(offset), c32(ROUNDS * 8)), again),
    ),
    ...lanes.map((lane, i) => i64.store(c32(0), STATE + 8 * i, turned(i, get(lane)))),
  );
}

const not = (a: Code): Code => i64.xor(a, c64(-1));

/** Lanes that are kept complemented between the rounds, so that chi needs five complements instead of 25 (Keccak implementation overview, 2.2). */
const COMPLEMENTED = [1, 2, 8, 12, 17, 20];
const turned = (i: number, lane: Code): Code => (COMPLEMENTED.includes(i) ? not(lane) : lane);

/**
 * How a row's lane is combined with the two behind it: `|` or `&` of these, with `!` beside the one that is complemented, `^` first where it is
 * the lane itself.
 */
const CHI = [
  ['|', '!|', '&', '|', '&'],
  ['|', '&', '|!', '|', '&'],
  ['|', '&', '!&', '^|', '&'],
  ['&', '|', '!|', '^&', '|'],
  ['!&', '^|', '&', '|', '&'],
] as const;

function chi(y: number, x: number, lane: (x: number) => Code): Code {
  const [own, next, afterNext] = [lane(x), lane(x + 1), lane(x + 2)];
  const kind = CHI[y]?.[x] ?? '';
  const combine = kind.includes('|') ? i64.or : i64.and;
  const combined = combine(kind.startsWith('!') ? not(next) : next, kind.endsWith('!') ? not(afterNext) : afterNext);
  return i64.xor(kind.startsWith('^') ? not(own) : own, combined);
}

function hash(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [from, size, to] = [param(of, 0), param(of, 1), param(of, 2)];
  const [lane, tail] = [local(of, 'i32'), local(of, 'i64')];
  const mix = (at: Code, value: Code): Code => i64.store(at, STATE, i64.xor(i64.load(at, STATE), value));
  const [blocks, lanes, bytes] = [label('a block'), label('a lane'), label('a byte')];
  const step = (index: Local, by: number): Code => set(index, i32.add(get(index), c32(by)));
  return defineFunction(
    'keccak',
    of,
    [],
    ...Array.from({ length: (LANES * 8) >>> 4 }, (_, i) => v128.store(c32(0), STATE + 16 * i, v128.zero)),
    i64.store(c32(0), STATE + 8 * (LANES - 1), c64(0)),
    loop(
      blocks,
      when(
        i32.geU(get(size), c32(RATE)),
        ...Array.from({ length: RATE >>> 3 }, (_, i) => mix(c32(8 * i), i64.load(get(from), 8 * i))),
        call(index('keccakF')),
        step(from, RATE),
        step(size, -RATE),
        br(blocks),
      ),
    ),
    // the rest: whole lanes, then bytes and the padding
    loop(
      lanes,
      when(
        i32.geU(get(size), c32(8)),
        mix(get(lane), i64.load(get(from))),
        step(lane, 8),
        step(from, 8),
        step(size, -8),
        br(lanes),
      ),
    ),
    set(tail, c64(1)),
    loop(
      bytes,
      when(
        get(size),
        step(size, -1),
        set(tail, i64.or(i64.shl(get(tail), c64(8)), i64.load8(i32.add(get(from), get(size))))),
        br(bytes),
      ),
    ),
    mix(get(lane), get(tail)),
    mix(c32(RATE - 8), c64(1n << 63n)),
    call(index('keccakF')),
    // the hash is a big-endian word
    v128.store(get(to), 0, v128.reverse(v128.pair(c32(0), STATE + 16))),
    v128.store(get(to), 16, v128.reverse(v128.pair(c32(0), STATE))),
  );
}
