// Random protocol data in its whole range, for tests of the codecs.

import fc from 'fast-check';
import { bytesToHex, type Hex } from '../../node/lib/bytes.ts';
import { SECP256K1_N } from '../../node/lib/signatures.ts';
import type { Header } from '../../node/types/header.ts';
import type { Log, Receipt } from '../../node/types/receipt.ts';
import type { Transaction } from '../../node/types/transaction.ts';

export const hexOf = (size: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex);
const upTo = (bits: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(fc.bigInt({ min: 0n, max: bits === 8n ? 1n : 300n }), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }));
const data = fc.uint8Array({ maxLength: 70 });
const gas = fc.oneof(fc.nat(300), fc.maxSafeNat());
const parity = fc.nat(1);

const common = {
  nonce: upTo(64n),
  gasLimit: gas,
  to: fc.option(hexOf(20)),
  value: upTo(256n),
  data,
  signature: fc.record({
    r: fc.bigInt({ min: 1n, max: SECP256K1_N - 1n }),
    s: fc.bigInt({ min: 1n, max: SECP256K1_N - 1n }),
    yParity: parity,
  }),
};
const accessList = fc.array(fc.record({ address: hexOf(20), storageKeys: fc.array(hexOf(32), { maxLength: 2 }) }), {
  maxLength: 2,
});
const typed = { ...common, chainId: upTo(256n), accessList };
const withFees = { ...typed, maxFeePerGas: upTo(256n), maxPriorityFeePerGas: upTo(256n) };
const authorization = fc.record({
  chainId: upTo(256n),
  address: hexOf(20),
  nonce: upTo(64n),
  yParity: upTo(8n),
  r: upTo(256n),
  s: upTo(256n),
});

export const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  fc.record({
    ...common,
    type: fc.constant(0 as const),
    chainId: fc.option(upTo(200n)), // v holds twice the chain id
    gasPrice: upTo(256n),
  }),
  fc.record({ ...typed, type: fc.constant(1 as const), gasPrice: upTo(256n) }),
  fc.record({ ...withFees, type: fc.constant(2 as const) }),
  fc.record({
    ...withFees,
    type: fc.constant(3 as const),
    maxFeePerBlobGas: upTo(256n),
    blobVersionedHashes: fc.array(hexOf(32), { maxLength: 3 }),
  }),
  fc.record({
    ...withFees,
    type: fc.constant(4 as const),
    authorizationList: fc.array(authorization, { maxLength: 2 }),
  }),
);

const frontier = {
  parentHash: hexOf(32),
  ommersHash: hexOf(32),
  miner: hexOf(20),
  stateRoot: hexOf(32),
  transactionsRoot: hexOf(32),
  receiptsRoot: hexOf(32),
  logsBloom: hexOf(256),
  difficulty: upTo(256n),
  number: gas,
  gasLimit: gas,
  gasUsed: gas,
  timestamp: gas,
  extraData: data,
  mixHash: hexOf(32),
  nonce: hexOf(8),
};
const london = { ...frontier, baseFeePerGas: upTo(256n) };
const shanghai = { ...london, withdrawalsRoot: hexOf(32) };
const cancun = { ...shanghai, blobGasUsed: gas, excessBlobGas: gas, parentBeaconBlockRoot: hexOf(32) };
const prague = { ...cancun, requestsHash: hexOf(32) };

/** Headers of every fork's form. */
export const header: fc.Arbitrary<Header> = fc.oneof(
  fc.record(frontier),
  fc.record(london),
  fc.record(shanghai),
  fc.record(cancun),
  fc.record(prague),
);

export const log: fc.Arbitrary<Log> = fc.record({
  address: hexOf(20),
  topics: fc.array(hexOf(32), { maxLength: 4 }),
  data,
});

const receiptFields = {
  type: fc.nat(4),
  cumulativeGasUsed: gas,
  logsBloom: hexOf(256),
  logs: fc.array(log, { maxLength: 3 }),
};
export const receipt: fc.Arbitrary<Receipt> = fc.oneof(
  fc.record({ ...receiptFields, status: fc.constantFrom(0 as const, 1 as const) }),
  fc.record({ ...receiptFields, status: fc.constant(0 as const), root: hexOf(32) }),
);
