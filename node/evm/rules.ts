// What forks changed beyond single opcodes: the prices and conditions of calls, creations, storage and selfdestruct. A fork is the previous one plus its changes.

import type { Fork } from '../types/config.ts';

/** The rules of one fork. Gas in gas, sizes in bytes; null where there is no limit. */
export type Rules = {
  readonly fork: Fork;

  /** EIP-2929: access costs by whether the transaction has been there before. */
  readonly hasAccessCosts: boolean;
  /** EIP-150: a call or creation gets at most all but one 64th of what is left, instead of failing for want of gas. */
  readonly keepsOne64th: boolean;
  /** Which callee and which beneficiary costs a new account's gas: one that is not there, or an empty one that gets value (EIP-161). */
  readonly newAccount: 'absent' | 'empty-with-value';
  /** EIP-7702: calls follow delegation designators. */
  readonly followsDelegations: boolean;

  /** The nonce of a new contract (EIP-161). */
  readonly contractNonce: bigint;
  /** What a creation does that cannot pay for its code: leave an account without code, or halt (EIP-2). */
  readonly unpaidDeposit: 'no-code' | 'halt';
  /** EIP-170. */
  readonly codeBytesMax: number | null;
  /** EIP-3541: new code must not begin with 0xEF. */
  readonly refusesPrefixEF: boolean;
  /** EIP-3860: the limit and the price of a word. */
  readonly initCodeBytesMax: number | null;
  readonly initCodeWordGas: number;

  readonly storage: StorageRules;

  readonly selfdestructNewAccountGas: number;
  readonly selfdestructRefund: number;
  /** EIP-6780: only what the same transaction created is deleted. */
  readonly selfdestructKeepsOldContracts: boolean;
};

/** How SSTORE is metered. */
export type StorageRules =
  | { readonly kind: 'plain'; readonly clearRefund: number }
  | {
      /** Net of what the transaction did to the slot before (EIP-1283, EIP-2200). */
      readonly kind: 'net';
      /** For a write that changes nothing, or changes again what is changed already. */
      readonly dirtyGas: number;
      /** For the first change of a slot that was not zero. */
      readonly resetGas: number;
      readonly clearRefund: number;
      /** A frame with this much gas or less may not write: EIP-2200 protects what a stipend of 2,300 may do. */
      readonly sentryGas: number;
    };

/** The rules of a fork. */
export function rulesOf(fork: Fork): Rules {
  return { ...RULES[fork], fork };
}

const frontier: Rules = {
  fork: 'Frontier',
  hasAccessCosts: false,
  keepsOne64th: false,
  newAccount: 'absent',
  followsDelegations: false,
  contractNonce: 0n,
  unpaidDeposit: 'no-code',
  codeBytesMax: null,
  refusesPrefixEF: false,
  initCodeBytesMax: null,
  initCodeWordGas: 0,
  storage: { kind: 'plain', clearRefund: 15_000 },
  selfdestructNewAccountGas: 0,
  selfdestructRefund: 24_000,
  selfdestructKeepsOldContracts: false,
};

const homestead: Rules = {
  ...frontier,
  unpaidDeposit: 'halt', // EIP-2
};

const tangerineWhistle: Rules = {
  ...homestead,
  keepsOne64th: true, // EIP-150
  selfdestructNewAccountGas: 25_000, // EIP-150
};

const spuriousDragon: Rules = {
  ...tangerineWhistle,
  newAccount: 'empty-with-value', // EIP-161
  contractNonce: 1n, // EIP-161
  codeBytesMax: 24_576, // EIP-170
};

const constantinople: Rules = {
  ...spuriousDragon,
  storage: { kind: 'net', dirtyGas: 200, resetGas: 5_000, clearRefund: 15_000, sentryGas: 0 }, // EIP-1283
};

const petersburg: Rules = {
  ...constantinople,
  storage: spuriousDragon.storage, // EIP-1716 takes EIP-1283 back
};

const istanbul: Rules = {
  ...petersburg,
  storage: { kind: 'net', dirtyGas: 800, resetGas: 5_000, clearRefund: 15_000, sentryGas: 2_300 }, // EIP-2200 with EIP-1884's price
};

const berlin: Rules = {
  ...istanbul,
  hasAccessCosts: true, // EIP-2929
  storage: { kind: 'net', dirtyGas: 100, resetGas: 2_900, clearRefund: 15_000, sentryGas: 2_300 }, // EIP-2929
};

const london: Rules = {
  ...berlin,
  refusesPrefixEF: true, // EIP-3541
  storage: { kind: 'net', dirtyGas: 100, resetGas: 2_900, clearRefund: 4_800, sentryGas: 2_300 }, // EIP-3529
  selfdestructRefund: 0, // EIP-3529
};

const shanghai: Rules = {
  ...london,
  initCodeBytesMax: 49_152, // EIP-3860
  initCodeWordGas: 2, // EIP-3860
};

const cancun: Rules = {
  ...shanghai,
  selfdestructKeepsOldContracts: true, // EIP-6780
};

const prague: Rules = {
  ...cancun,
  followsDelegations: true, // EIP-7702
};

const RULES: Record<Fork, Rules> = {
  Frontier: frontier,
  Homestead: homestead,
  TangerineWhistle: tangerineWhistle,
  SpuriousDragon: spuriousDragon,
  Byzantium: spuriousDragon,
  Constantinople: constantinople,
  Petersburg: petersburg,
  Istanbul: istanbul,
  MuirGlacier: istanbul,
  Berlin: berlin,
  London: london,
  ArrowGlacier: london,
  GrayGlacier: london,
  Paris: london,
  Shanghai: shanghai,
  Cancun: cancun,
  Prague: prague,
  Osaka: prague,
};
