// How the module finds an account in linear memory: see account-cache.ts.

import { type Code, c32, c64, get, i32, i64, type Local } from './emitter.ts';
import { ACCOUNT, ACCOUNTS, ACCOUNTS_BITS } from './layout.ts';

/** Where the account with these limbs would be. */
export function accountEntry(a: Local, b: Local, c: Local): Code {
  const mixed = i64.xor(i64.xor(get(a), i64.rotl(get(b), c64(17))), i64.rotl(get(c), c64(31)));
  const hash = i32.wrap(i64.shrU(i64.mul(mixed, c64(0x9e3779b97f4a7c15n)), c64(64 - ACCOUNTS_BITS)));
  return i32.add(c32(ACCOUNTS), i32.mul(hash, c32(ACCOUNT.bytes)));
}

/** Whether no account, or another one, is at the entry. */
export function isOther(entry: Local, a: Local, b: Local, c: Local): Code {
  const differs = [a, b, c]
    .map((part, i) => i64.xor(i64.load(get(entry), ACCOUNT.address + i * 8), get(part)))
    .reduce((all, part) => i64.or(all, part));
  return i32.or(i32.eqz(i32.load(get(entry), ACCOUNT.tag)), i64.ne(differs, c64(0)));
}
