// Inputs for every precompiled contract: valid ones, and valid ones that were cut, lengthened or changed. Pairings and long sums take
// milliseconds on every machine and are rare.

import { concatBytes, wordToBytes } from '../../node/lib/bytes.ts';
import type { Random } from '../../node/lib/random.ts';
import { precompileInputs } from '../bench/precompile-inputs.ts';

export type PrecompileCall = { readonly address: number; readonly input: Uint8Array };

/** Curves: a call of one takes as long as a hundred transactions without. */
const CURVES = [0x01, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x100];
const LEFT_OUT = /128|of 64|of 4|100,000|1,024|16 KB/;

const prepared = precompileInputs().filter(({ name }) => !LEFT_OUT.test(name));
const curves: readonly PrecompileCall[] = prepared.filter(({ address }) => CURVES.includes(address));
const quick: readonly PrecompileCall[] = prepared.filter(({ address }) => !CURVES.includes(address));

/** A few calls for one case. */
export function precompileCalls(random: Random): readonly PrecompileCall[] {
  const calls = [identity(random), modexp(random), blake2f(random), altered(random, quick)];
  if (random.chance(1, 25)) calls.push(altered(random, curves));
  if (random.chance(1, 80)) calls.push(random.pick(curves));
  return calls;
}

function identity(random: Random): PrecompileCall {
  return { address: random.chance(1, 20) ? 1 : random.between(2, 4), input: randomBytes(random, random.below(150)) };
}

function modexp(random: Random): PrecompileCall {
  const lengths = [random.below(40), random.below(random.chance(1, 3) ? 70 : 3), random.below(40)];
  const claimed = lengths.map((length) => wordToBytes(random.chance(1, 60) ? 2n ** 255n : BigInt(length)));
  const sizes = random.chance(1, 5) ? lengths.map((length) => random.below(length + 1)) : lengths;
  return { address: 5, input: concatBytes(...claimed, ...sizes.map((size) => randomBytes(random, size))) };
}

function blake2f(random: Random): PrecompileCall {
  const input = randomBytes(random, random.chance(1, 6) ? random.between(200, 220) : 213);
  input.set([0, 0, 0, random.below(20)]);
  if (input.length > 212) input[212] = random.pick([0, 1, 1, 2]);
  return { address: 9, input };
}

/** A valid input that is made wrong, or right for another contract. */
function altered(random: Random, calls: readonly PrecompileCall[]): PrecompileCall {
  const { address, input } = random.pick(calls);
  switch (random.below(5)) {
    case 0:
      return { address, input: input.slice(0, random.below(input.length + 1)) };
    case 1:
      return { address, input: concatBytes(input, randomBytes(random, random.between(1, 40))) };
    case 2:
      return { address, input: new Uint8Array(input.length).fill(random.pick([0, 0xff])) };
    case 3:
      return { address, input: randomBytes(random, random.pick([0, 64, 96, 128, 160, 192])) };
    default: {
      const changed = input.slice();
      if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
      return { address, input: changed };
    }
  }
}

/** Bytes of which many are alike. */
export function randomBytes(random: Random, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++)
    bytes[i] = random.chance(1, 3) ? random.pick([0, 0, 1, 0xff, 0x80]) : random.below(256);
  return bytes;
}
