// Which precompiled contract stands at which address, by fork: each fork is the previous one plus its changes.

import { wordToAddress } from '../../lib/bytes.ts';
import { FORKS, type Fork } from '../../types/config.ts';
import type { Address } from '../../types/transaction.ts';
import { blake2f } from './blake2f.ts';
import { g1Add, g1Msm, g2Add, g2Msm, mapFp2ToG2, mapFpToG1, pairingCheck } from './bls12-381.ts';
import {
  bn254AddByzantium,
  bn254AddIstanbul,
  bn254MulByzantium,
  bn254MulIstanbul,
  bn254PairingByzantium,
  bn254PairingIstanbul,
} from './bn254.ts';
import { ecrecover } from './ecrecover.ts';
import { identity, ripemd160, sha256 } from './hashes.ts';
import { pointEvaluation } from './kzg.ts';
import { modexpBerlin, modexpByzantium, modexpOsaka } from './modexp.ts';
import { p256Verify } from './p256.ts';
import type { Precompile } from './precompile.ts';

export type { Precompile } from './precompile.ts';

/** The precompiled contract at an address under a fork's rules, or null. */
export function precompileAt(fork: Fork, address: Address): Precompile | null {
  // Nearly every address has more than two bytes: one comparison tells them apart without a hash.
  return address.startsWith(LEADING_ZEROS) ? (tables.get(fork)?.get(address) ?? null) : null;
}

/** Every address with a precompiled contract under a fork's rules, ascending: what EIP-2929 makes warm. */
export function precompileAddresses(fork: Fork): readonly Address[] {
  return addresses.get(fork) ?? [];
}

const LEADING_ZEROS = `0x${'00'.repeat(18)}`;

type Changes = readonly (readonly [address: number, precompile: Precompile])[];

const CHANGES: Partial<Record<Fork, Changes>> = {
  Frontier: [
    [0x01, ecrecover],
    [0x02, sha256],
    [0x03, ripemd160],
    [0x04, identity],
  ],
  Byzantium: [
    [0x05, modexpByzantium],
    [0x06, bn254AddByzantium],
    [0x07, bn254MulByzantium],
    [0x08, bn254PairingByzantium],
  ],
  Istanbul: [
    [0x06, bn254AddIstanbul],
    [0x07, bn254MulIstanbul],
    [0x08, bn254PairingIstanbul],
    [0x09, blake2f],
  ],
  Berlin: [[0x05, modexpBerlin]],
  Cancun: [[0x0a, pointEvaluation]],
  Prague: [
    [0x0b, g1Add],
    [0x0c, g1Msm],
    [0x0d, g2Add],
    [0x0e, g2Msm],
    [0x0f, pairingCheck],
    [0x10, mapFpToG1],
    [0x11, mapFp2ToG2],
  ],
  Osaka: [
    [0x05, modexpOsaka],
    [0x100, p256Verify],
  ],
};

const tables = new Map<Fork, ReadonlyMap<Address, Precompile>>();
const addresses = new Map<Fork, readonly Address[]>();

let table: ReadonlyMap<Address, Precompile> = new Map();
for (const fork of FORKS) {
  const changes = CHANGES[fork] ?? [];
  table = new Map([...table, ...changes.map(([at, precompile]) => [wordToAddress(BigInt(at)), precompile] as const)]);
  tables.set(fork, table);
  addresses.set(fork, [...table.keys()]);
}
