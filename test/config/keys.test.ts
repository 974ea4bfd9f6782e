import { mnemonicToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import {
  authorityKeys,
  DEVELOPMENT_ACCOUNTS,
  DEVELOPMENT_MNEMONIC,
  nodeKeyOf,
  sealerKeyOf,
} from '../../node/config/keys.ts';
import { bytesToHex, compareText, hexToBytes } from '../../node/lib/bytes.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';

describe('development keys', () => {
  it('lists the ten accounts that the phrase derives', () => {
    expect(DEVELOPMENT_ACCOUNTS).toHaveLength(10);
    for (const [addressIndex, account] of DEVELOPMENT_ACCOUNTS.entries()) {
      const derived = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex });
      expect(account.address).toBe(derived.address.toLowerCase());
      expect(account.privateKey).toBe(bytesToHex(derived.getHdKey().privateKey ?? new Uint8Array()));
      expect(addressOfKey(hexToBytes(account.privateKey))).toBe(account.address);
    }
  });

  it('names the authorities in the order of their addresses', () => {
    const keys = authorityKeys('seed', 5);
    expect(keys.map((key) => key.name)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    const signers = keys.map((key) => key.signer);
    expect(signers).toEqual([...signers].sort(compareText));
    for (const { sealerKey, signer } of keys) expect(addressOfKey(sealerKey)).toBe(signer);
  });

  it('gives the same keys for the same seed and others for every other domain, seed and name', () => {
    expect(nodeKeyOf('a', 'n1')).toEqual(nodeKeyOf('a', 'n1'));
    const all = [
      nodeKeyOf('a', 'n1'),
      nodeKeyOf('a', 'n2'),
      nodeKeyOf('b', 'n1'),
      sealerKeyOf('a', 1),
      nodeKeyOf('a', '1'),
    ];
    expect(new Set(all.map(bytesToHex)).size).toBe(all.length);
  });
});
