import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigintToBytes, bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { DecodeError, encodeRlp } from '../../node/lib/rlp.ts';
import { ACCOUNT_BYTES_MAX, decodeAccount, encodeAccount, writeAccount } from '../../node/state/account-codec.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Hash } from '../../node/types/transaction.ts';

const SEED = { seed: 20_260_722, numRuns: 500 };
const hash = (usual: Hash) =>
  fc.oneof(
    fc.constant(usual),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): Hash => bytesToHex(bytes)),
  );
const account = fc.record({
  nonce: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n)),
  balance: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 80n), fc.bigInt(0n, 2n ** 256n - 1n)),
  storageRoot: hash(EMPTY_TRIE_ROOT),
  codeHash: hash(EMPTY_CODE_HASH),
});

const ONE = [Uint8Array.of(1), Uint8Array.of(2), hexToBytes(EMPTY_TRIE_ROOT), hexToBytes(EMPTY_CODE_HASH)] as const;

describe('an account in the state trie', () => {
  test('is the list of its four fields by RLP, written anywhere, and comes back', () => {
    fc.assert(
      fc.property(account, fc.nat(9), (each, at) => {
        const { nonce, balance, storageRoot, codeHash } = each;
        const byRlp = encodeRlp([
          bigintToBytes(nonce),
          bigintToBytes(balance),
          hexToBytes(storageRoot),
          hexToBytes(codeHash),
        ]);
        expect(encodeAccount(each)).toEqual(byRlp);
        const target = new Uint8Array(ACCOUNT_BYTES_MAX + 9);
        const end = writeAccount(target, at, each);
        expect(target.subarray(at, end)).toEqual(byRlp);
        expect(decodeAccount(byRlp)).toEqual(each);
      }),
      SEED,
    );
  });

  test.each([
    ['no list', Uint8Array.of(1)],
    ['no bytes', new Uint8Array(0)],
    ['three items', encodeRlp(ONE.slice(0, 3))],
    ['five items', encodeRlp([...ONE, Uint8Array.of(1)])],
    ['bytes behind it', Uint8Array.of(...encodeRlp([...ONE]), 0)],
    ['a nonce with a leading zero', encodeRlp([Uint8Array.of(0), ...ONE.slice(1)])],
    ['a nonce of nine bytes', encodeRlp([new Uint8Array(9).fill(1), ...ONE.slice(1)])],
    ['a balance of 33 bytes', encodeRlp([ONE[0], new Uint8Array(33).fill(1), ONE[2], ONE[3]])],
    ['a list for a balance', encodeRlp([ONE[0], [], ONE[2], ONE[3]])],
    ['a hash of 31 bytes', encodeRlp([ONE[0], ONE[1], ONE[2].subarray(1), ONE[3]])],
    ['a list for a hash', encodeRlp([ONE[0], ONE[1], ONE[2], [ONE[3]]])],
  ])('is not %s', (_, bytes) => {
    expect(() => decodeAccount(bytes)).toThrow(DecodeError);
  });
});
