import { describe, expect, it } from 'vitest';
import { precompileAddresses, precompileAt } from '../../node/evm/precompiles/index.ts';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes, wordToAddress, wordToBytes } from '../../node/lib/bytes.ts';
import type { Fork } from '../../node/types/config.ts';
import type { Case } from '../conformance/case.ts';
import { KZG_VECTORS, kzgCases, PRECOMPILE_VECTORS, precompileCases } from '../conformance/precompiles.ts';
import { hasVectors } from '../conformance/vectors.ts';

function at(fork: Fork, address: number) {
  return precompileAt(fork, wordToAddress(BigInt(address)))!;
}

function runHex(fork: Fork, address: number, input: string): string | null {
  const output = at(fork, address).run(hexToBytes(input));
  return output === null ? null : bytesToHex(output);
}

function failures(cases: readonly Case[]): string[] {
  return cases.flatMap(({ id, run }) => {
    const wrong = run();
    return wrong === null ? [] : [`${id}: ${wrong}`];
  });
}

describe('official vectors', () => {
  it.skipIf(!hasVectors(PRECOMPILE_VECTORS))('agree on every curve operation and price', { timeout: 120_000 }, () => {
    const cases = precompileCases();
    expect(cases.length).toBeGreaterThan(1000);
    expect(failures(cases)).toEqual([]);
  });

  it.skipIf(!hasVectors(KZG_VECTORS))('agree on every KZG verification', { timeout: 120_000 }, () => {
    const cases = kzgCases();
    expect(cases.length).toBe(122);
    expect(failures(cases)).toEqual([]);
  });
});

describe('addresses', () => {
  it('grow by fork and never shrink', () => {
    const counts = (['Homestead', 'Byzantium', 'Istanbul', 'Shanghai', 'Cancun', 'Prague', 'Osaka'] as const).map(
      (fork) => precompileAddresses(fork).length,
    );
    expect(counts).toEqual([4, 8, 9, 9, 10, 17, 18]);
  });

  it('are empty outside of the table', () => {
    expect(precompileAt('Osaka', wordToAddress(0n))).toBeNull();
    expect(precompileAt('Osaka', wordToAddress(0x12n))).toBeNull();
    expect(precompileAt('Prague', wordToAddress(0x100n))).toBeNull();
    expect(precompileAt('Osaka', wordToAddress(0x100n))).not.toBeNull();
    expect(precompileAt('Osaka', '0x0100000000000000000000000000000000000001')).toBeNull();
  });
});

describe('hashes', () => {
  it('price the input by started words', () => {
    expect([0, 32, 33].map((size) => at('Osaka', 2).gas(new Uint8Array(size)))).toEqual([60, 72, 84]);
    expect([0, 32, 33].map((size) => at('Osaka', 3).gas(new Uint8Array(size)))).toEqual([600, 720, 840]);
    expect([0, 32, 33].map((size) => at('Osaka', 4).gas(new Uint8Array(size)))).toEqual([15, 18, 21]);
  });

  it('hash as the standards say', () => {
    const abc = bytesToHex(utf8ToBytes('abc'));
    expect(runHex('Osaka', 2, abc)).toBe('0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(runHex('Osaka', 3, abc)).toBe(`0x${'00'.repeat(12)}8eb208f7e05d987a9b044a8e98c6b087f15a0bfc`);
    expect(runHex('Osaka', 4, abc)).toBe(abc);
  });

  it('copy the input, so that the caller may overwrite it', () => {
    const input = Uint8Array.of(1, 2, 3);
    const output = at('Osaka', 4).run(input)!;
    input[0] = 9;
    expect(output[0]).toBe(1);
  });
});

describe('ecrecover', () => {
  const digest = '18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c';
  const r = '73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f';
  const s = 'eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549';
  const v = (value: number) => value.toString(16).padStart(64, '0');

  it('recovers a signer even where s is high', () => {
    expect(runHex('Osaka', 1, `0x${digest}${v(28)}${r}${s}`)).toBe(
      '0x000000000000000000000000a94f5374fce5edbc8e2a8697c15331677e6ebf0b',
    );
  });

  it('answers nothing, and does not fail, where v is neither 27 nor 28', () => {
    expect(runHex('Osaka', 1, `0x${digest}${v(26)}${r}${s}`)).toBe('0x');
    expect(runHex('Osaka', 1, `0x${digest}${v(29)}${r}${s}`)).toBe('0x');
    expect(runHex('Osaka', 1, '0x')).toBe('0x');
  });
});

describe('modexp', () => {
  const word = (value: bigint) => wordToBytes(value);
  const call = (base: bigint, exponent: bigint, modulus: bigint, ...operands: Uint8Array[]) =>
    concatBytes(word(base), word(exponent), word(modulus), ...operands);

  it('computes what BigInt computes', () => {
    const input = call(1n, 2n, 1n, Uint8Array.of(3), Uint8Array.of(0xff, 0xff), Uint8Array.of(250));
    expect(at('Osaka', 5).run(input)).toEqual(Uint8Array.of(Number(3n ** 0xffffn % 250n)));
  });

  it('follows the EIP-198 examples', () => {
    const fermat = call(
      1n,
      32n,
      32n,
      Uint8Array.of(3),
      word(2n ** 256n - 2n ** 32n - 978n),
      word(2n ** 256n - 2n ** 32n - 977n),
    );
    expect(at('Byzantium', 5).run(fermat)).toEqual(word(1n));
    expect(at('Byzantium', 5).gas(fermat)).toBe(13_056);
    expect(at('Berlin', 5).gas(fermat)).toBe(1360);
    expect(at('Osaka', 5).gas(fermat)).toBe(4080);
  });

  it('answers zeros of the modulus length where the modulus is zero, and one modulo one is zero', () => {
    expect(at('Osaka', 5).run(call(1n, 1n, 3n, Uint8Array.of(3, 3)))).toEqual(new Uint8Array(3));
    expect(at('Osaka', 5).run(call(0n, 0n, 1n, Uint8Array.of(1)))).toEqual(Uint8Array.of(0));
    expect(at('Osaka', 5).run(call(0n, 0n, 1n, Uint8Array.of(2)))).toEqual(Uint8Array.of(1));
  });

  it('prices lengths that no memory holds at the most there is', () => {
    const huge = call(2n ** 255n, 2n ** 255n, 2n ** 255n);
    for (const fork of ['Byzantium', 'Berlin', 'Osaka'] as const)
      expect(at(fork, 5).gas(huge)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('never reads a huge exponent that costs nothing', () => {
    const free = call(0n, 2n ** 255n, 0n);
    expect(at('Berlin', 5).gas(free)).toBe(200);
    expect(at('Berlin', 5).run(free)).toEqual(new Uint8Array(0));
  });

  it('bounds operands at 1024 bytes from Osaka on (EIP-7823)', () => {
    expect(at('Osaka', 5).run(call(1024n, 1n, 1n))).not.toBeNull();
    expect(at('Osaka', 5).run(call(1025n, 1n, 1n))).toBeNull();
    expect(at('Osaka', 5).run(call(0n, 1025n, 0n))).toBeNull();
    expect(at('Prague', 5).run(call(1025n, 1n, 1n))).not.toBeNull();
  });
});

describe('bn254', () => {
  const generator = concatBytes(wordToBytes(1n), wordToBytes(2n));
  const modulus = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

  it('doubles by addition and by multiplication alike', () => {
    const sum = at('Osaka', 6).run(concatBytes(generator, generator))!;
    expect(at('Osaka', 7).run(concatBytes(generator, wordToBytes(2n)))).toEqual(sum);
    expect(at('Osaka', 7).run(concatBytes(generator, wordToBytes(0n)))).toEqual(new Uint8Array(64));
  });

  it('reads infinity for what is missing and refuses what is off the curve or beyond the field', () => {
    expect(at('Osaka', 6).run(generator)).toEqual(generator);
    expect(at('Osaka', 6).run(new Uint8Array(0))).toEqual(new Uint8Array(64));
    expect(at('Osaka', 6).run(concatBytes(wordToBytes(1n), wordToBytes(1n)))).toBeNull();
    expect(at('Osaka', 6).run(concatBytes(wordToBytes(modulus), wordToBytes(0n)))).toBeNull();
  });

  it('prices pairs by fork, and no pair is a product of one', () => {
    expect(at('Osaka', 8).run(new Uint8Array(0))).toEqual(wordToBytes(1n));
    expect(at('Osaka', 8).run(new Uint8Array(191))).toBeNull();
    expect(at('Osaka', 8).run(new Uint8Array(192))).toEqual(wordToBytes(1n));
    expect(at('Byzantium', 8).gas(new Uint8Array(384))).toBe(260_000);
    expect(at('Istanbul', 8).gas(new Uint8Array(384))).toBe(113_000);
  });
});

describe('blake2f', () => {
  const state =
    '48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b' +
    `616263${'00'.repeat(125)}0300000000000000${'00'.repeat(8)}`;

  it('follows the test vectors 4 to 7 of EIP-152', () => {
    expect(runHex('Osaka', 9, `0x00000000${state}01`)).toBe(
      '0x08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b',
    );
    expect(runHex('Osaka', 9, `0x0000000c${state}01`)).toBe(
      '0xba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
    );
    expect(runHex('Osaka', 9, `0x0000000c${state}00`)).toBe(
      '0x75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d2875298743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735',
    );
    expect(runHex('Osaka', 9, `0x00000001${state}01`)).toBe(
      '0xb63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fba551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421',
    );
  });

  it('charges one gas a round and refuses other lengths and flags', () => {
    expect(at('Osaka', 9).gas(hexToBytes(`0xffffffff${state}01`))).toBe(4_294_967_295);
    expect(runHex('Osaka', 9, `0x0000000c${state}02`)).toBeNull();
    expect(runHex('Osaka', 9, `0x0000000c${state}`)).toBeNull();
  });
});
