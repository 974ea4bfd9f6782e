// The driver's side of accounts in linear memory: numbers for addresses, and entries for warm accounts whose code the module may call.

import { present } from '../../lib/assert.ts';
import { wordToAddress } from '../../lib/bytes.ts';
import type { Address } from '../../types/transaction.ts';
import { codeOf } from '../code.ts';
import { delegationOf } from '../delegation.ts';
import type { Execution } from '../frame.ts';
import { COLD_ACCOUNT_GAS, WARM_GAS } from '../opcodes/access.ts';
import type { CodeCache } from './code-cache.ts';
import { ACCOUNT } from './layout.ts';
import { type LinearMemory, writeLimbs } from './linear-memory.ts';

export type AccountCache = {
  /** The number of an address, from one on, until the next `reset`. */
  readonly tagOf: (address: Address) => number;
  readonly addressOf: (tag: number) => Address;
  /** What a call of the account needs, or null where the module cannot call it: without code, or with code that finds no room. */
  readonly prepare: (execution: Execution, word: bigint) => Callable | null;
  readonly remember: (entry: number, account: Callable) => void;
  /** As for slots. */
  readonly mark: () => number;
  readonly forgetSince: (mark: number) => void;
  /** Forgets everything. */
  readonly reset: () => void;
};

/** An account that the module may call once it is warm. */
export type Callable = {
  readonly address: Address;
  /** Whose code runs: the delegate, or its own. */
  readonly codeAddress: Address;
  /** What making both warm costs beyond the price of warm ones. */
  readonly coldGas: number;
  readonly fields: Readonly<Record<Exclude<keyof typeof ACCOUNT, 'address' | 'bytes'>, number>>;
};

export function createAccountCache(linear: LinearMemory, codes: CodeCache): AccountCache {
  const filled: number[] = [];
  const tags = new Map<Address, number>();
  const addresses: Address[] = [];

  const tagOf = (address: Address): number => {
    let tag = tags.get(address);
    if (tag === undefined) {
      addresses.push(address);
      tag = addresses.length;
      tags.set(address, tag);
    }
    return tag;
  };
  const forgetSince = (mark: number): void => {
    while (filled.length > mark) linear.ints[((filled.pop() ?? 0) + ACCOUNT.tag) >>> 2] = 0;
  };
  return {
    tagOf,
    addressOf: (tag) => present(addresses[tag - 1], 'the address of a tag'),
    prepare({ journal, rules }, word) {
      const address = wordToAddress(word);
      const named = journal.code(address);
      if (named.length === 0) return null;
      const delegate = rules.followsDelegations ? delegationOf(named) : null;
      const code = delegate === null ? named : journal.code(delegate);
      if (code.length === 0) return null;
      const decoded = codes.find(codeOf(code));
      if (decoded === null) return null;
      const coldGas = (cold: Address | null): number =>
        cold === null || journal.isWarmAddress(cold) ? 0 : COLD_ACCOUNT_GAS - WARM_GAS;
      return {
        address,
        codeAddress: delegate ?? address,
        coldGas: coldGas(address) + (delegate === address ? 0 : coldGas(delegate)),
        fields: {
          tag: tagOf(address),
          gas: delegate === null ? WARM_GAS : 2 * WARM_GAS,
          code: decoded.code,
          codeSize: decoded.size,
          jumps: decoded.jumps,
          ip: decoded.ip,
          codeId: decoded.id,
          codeTag: tagOf(delegate ?? address),
          size: named.length,
        },
      };
    },
    remember(entry, { address, fields }) {
      writeLimbs(linear, entry + ACCOUNT.address, BigInt(address));
      for (const field of FIELDS) linear.ints[(entry + ACCOUNT[field]) >>> 2] = fields[field];
      filled.push(entry);
    },
    mark: () => filled.length,
    forgetSince,
    reset() {
      forgetSince(0);
      tags.clear();
      addresses.length = 0;
    },
  };
}

const FIELDS = ['tag', 'gas', 'code', 'codeSize', 'jumps', 'ip', 'codeId', 'codeTag', 'size'] as const;
