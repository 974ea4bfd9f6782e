import { describe, expect, it } from 'vitest';
import { authorizationHash } from '../../node/chain/authorizations.ts';
import { TX_GAS_LIMIT_CAP } from '../../node/chain/transaction-checks.ts';
import { applyTransaction, type SimulatedCall, simulateCall, type TransitionEnv } from '../../node/chain/transition.ts';
import { designatorOf } from '../../node/evm/delegation.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { bytesToHex, EMPTY_BYTES, hexToBytes } from '../../node/lib/bytes.ts';
import { addressOfKey, SECP256K1_N, signDigest } from '../../node/lib/signatures.ts';
import { createJournal, type Journal } from '../../node/state/journal.ts';
import type { Fork } from '../../node/types/config.ts';
import { ZERO_ADDRESS, ZERO_HASH } from '../../node/types/header.ts';
import { isRejection } from '../../node/types/rejection.ts';
import {
  type Address,
  type Authorization,
  signTransaction,
  type Transaction,
  type UnsignedTransaction,
} from '../../node/types/transaction.ts';

const KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);
const SENDER = addressOfKey(KEY);
const AUTHORITY = addressOfKey(OTHER_KEY);
const TARGET: Address = `0x${'c0'.repeat(20)}`;
const COINBASE: Address = `0x${'fe'.repeat(20)}`;
const ETHER = 10n ** 18n;

type World = { readonly journal: Journal; readonly env: TransitionEnv };

function world(fork: Fork = 'Osaka', code = '0x'): World {
  const journal = createJournal({ account: () => null, code: () => EMPTY_BYTES, storage: () => 0n });
  journal.beginTransaction();
  journal.setBalance(SENDER, ETHER);
  if (code !== '0x') {
    journal.setNonce(TARGET, 1n);
    journal.setCode(TARGET, hexToBytes(code));
  }
  journal.endTransaction({ deleteEmpty: true });
  const env: TransitionEnv = {
    machine: createInterpreter(),
    journal,
    fork,
    chainId: 1337n,
    blobs: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
    gasAvailable: 30_000_000,
    blobGasAvailable: 9 * 131_072,
    stepBudget: null,
    block: {
      number: 1,
      timestamp: 1,
      coinbase: COINBASE,
      prevRandao: ZERO_HASH,
      difficulty: 0n,
      gasLimit: 30_000_000,
      baseFee: 10n,
      blobBaseFee: 3n,
      chainId: 1337n,
      blockHash: () => ZERO_HASH,
    },
  };
  return { journal, env };
}

type Fields = Partial<Extract<UnsignedTransaction, { type: 2 }>>;

const FEES = {
  chainId: 1337n,
  nonce: 0n,
  maxFeePerGas: 100n,
  maxPriorityFeePerGas: 2n,
  gasLimit: 100_000,
  to: TARGET,
  value: 0n,
  data: EMPTY_BYTES,
  accessList: [],
} as const;

function transaction(fields: Fields = {}): Transaction {
  return signTransaction({ type: 2, ...FEES, ...fields }, KEY);
}

function apply({ env }: World, tx: Transaction) {
  const outcome = applyTransaction(env, tx, SENDER);
  if (isRejection(outcome)) throw new Error(outcome.message);
  return outcome;
}

/** The refusal's code and message, or null where the transaction was executed. A refusal leaves the state alone. */
function refusal({ env, journal }: World, tx: Transaction) {
  const state = () => [journal.nonce(SENDER), journal.balance(SENDER), journal.balance(COINBASE)];
  const before = state();
  const outcome = applyTransaction(env, tx, SENDER);
  if (!isRejection(outcome)) return null;
  expect(state()).toEqual(before);
  return [outcome.code, outcome.message];
}

describe('an outcome', () => {
  it('keeps its own logs when the next transaction on the journal logs too', () => {
    const w = world('Osaka', '0x60006000a0'); // LOG0 of nothing
    const quiet = apply(w, transaction({ to: COINBASE }));
    const loud = apply(w, transaction({ nonce: 1n }));
    apply(w, transaction({ nonce: 2n }));
    expect([quiet.logs.length, loud.logs.length]).toEqual([0, 1]);
  });
});

describe('fees', () => {
  it('burn the base fee, pay the tip and give back what is not used', () => {
    const w = world();
    const outcome = apply(w, transaction({ value: 5n }));
    expect(outcome).toMatchObject({ status: 1, gasUsed: 21_000, effectiveGasPrice: 12n });
    expect(w.journal.balance(SENDER)).toBe(ETHER - 5n - 21_000n * 12n);
    expect(w.journal.balance(COINBASE)).toBe(21_000n * 2n);
    expect(w.journal.balance(TARGET)).toBe(5n);
    expect(w.journal.nonce(SENDER)).toBe(1n);
  });

  it('leave no more tip than the fee allows above the base fee', () => {
    const w = world();
    expect(apply(w, transaction({ maxFeePerGas: 11n })).effectiveGasPrice).toBe(11n);
    expect(w.journal.balance(COINBASE)).toBe(21_000n);
  });

  it('take all gas where the code halts, and what is used where it reverts', () => {
    const halted = apply(world('Osaka', '0xfe'), transaction());
    expect(halted).toMatchObject({ status: 0, halt: 'invalid-opcode', gasUsed: 100_000 });
    const reverted = apply(world('Osaka', '0x5f5ffd'), transaction());
    expect(reverted).toMatchObject({ status: 0, halt: 'revert', gasUsed: 21_004 });
  });

  it('refund at most a fifth of the gas, and a half before London', () => {
    const clearing = (fork: Fork) => {
      const w = world(fork, '0x6000600055'); // sstore(0, 0)
      w.journal.beginTransaction();
      w.journal.setStorage(TARGET, 0n, 1n);
      w.journal.endTransaction({ deleteEmpty: true });
      const tx = signTransaction({ type: 0, ...FEES, gasPrice: 100n }, KEY);
      return apply(w, tx);
    };
    const osaka = clearing('Osaka');
    expect(osaka.gasRefunded).toBe(4800); // 21,000 + 6 + 5,000 used: a fifth is 5,200
    expect(osaka.gasUsed).toBe(26_006 - 4800);
    expect(clearing('Berlin').gasRefunded).toBe(13_003); // half of 26,006 of the 15,000 that clearing gave then
  });

  it('charge blobs by the blob base fee and burn it', () => {
    const w = world();
    const tx = signTransaction(
      { type: 3, ...FEES, maxFeePerBlobGas: 3n, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] },
      KEY,
    );
    expect(apply(w, tx).blobGasUsed).toBe(131_072);
    expect(w.journal.balance(SENDER)).toBe(ETHER - 21_000n * 12n - 3n * 131_072n);
  });

  it('use at least the floor of EIP-7623 since Prague', () => {
    const data = new Uint8Array(100).fill(1);
    expect(apply(world('Cancun'), transaction({ data })).gasUsed).toBe(21_000 + 1600);
    expect(apply(world('Prague'), transaction({ data })).gasUsed).toBe(21_000 + 4000);
    expect(refusal(world('Prague'), transaction({ data, gasLimit: 24_999 }))?.[0]).toBe('tx-floor-gas');
    expect(refusal(world('Prague'), transaction({ data, gasLimit: 25_000 }))).toBeNull();
  });
});

describe('refusals', () => {
  it('say what go-ethereum says, for clients tell them apart by it', () => {
    const w = world();
    expect(refusal(w, transaction({ nonce: 1n }))).toEqual([
      'tx-nonce-too-high',
      `nonce too high: address ${SENDER}, tx: 1 state: 0`,
    ]);
    expect(refusal(w, transaction({ value: ETHER }))?.[1]).toMatch(/^insufficient funds for gas \* price \+ value/);
    expect(refusal(w, transaction({ gasLimit: 20_999 }))?.[1]).toBe('intrinsic gas too low: have 20999, want 21000');
    expect(refusal(w, transaction({ maxFeePerGas: 9n }))?.[1]).toMatch(/^max fee per gas less than block base fee/);
    expect(refusal(w, transaction({ maxPriorityFeePerGas: 101n }))?.[1]).toMatch(
      /^max priority fee per gas higher than max fee per gas/,
    );
    expect(refusal({ ...w, env: { ...w.env, gasAvailable: 99_999 } }, transaction())?.[1]).toBe('gas limit reached');
    expect(refusal(w, transaction({ chainId: 1n }))?.[1]).toBe('invalid chain id for signer: have 1 want 1337');
    apply(w, transaction());
    expect(refusal(w, transaction())?.[1]).toBe(`nonce too low: address ${SENDER}, tx: 0 state: 1`);
  });

  it('come to a sender with code, but not to one that delegates', () => {
    const w = world();
    w.journal.setCode(SENDER, hexToBytes('0x00'));
    expect(refusal(w, transaction())?.[0]).toBe('tx-sender-has-code');
    w.journal.setCode(SENDER, designatorOf(TARGET));
    expect(refusal(w, transaction())).toBeNull();
  });

  it('know the gas limit cap from Osaka on', () => {
    expect(refusal(world(), transaction({ gasLimit: TX_GAS_LIMIT_CAP + 1 }))?.[0]).toBe('tx-gas-limit-cap');
    expect(refusal(world(), transaction({ gasLimit: TX_GAS_LIMIT_CAP }))).toBeNull();
    expect(refusal(world('Prague'), transaction({ gasLimit: TX_GAS_LIMIT_CAP + 1 }))).toBeNull();
  });

  it('know which type came with which fork', () => {
    expect(refusal(world('Berlin'), transaction())?.[0]).toBe('tx-type-not-supported');
    expect(refusal(world('London'), transaction())).toBeNull();
  });

  it('bound the initcode from Shanghai on', () => {
    const create = (size: number) => transaction({ to: null, data: new Uint8Array(size), gasLimit: 1_000_000 });
    expect(refusal(world('Shanghai'), create(49_153))?.[0]).toBe('tx-initcode-size');
    expect(refusal(world('Shanghai'), create(49_152))).toBeNull();
    expect(refusal(world('Paris'), create(49_153))).toBeNull();
  });

  it('bound blobs by transaction, version and fee', () => {
    const hash = `0x01${'00'.repeat(31)}` as const;
    const blobs = (count: number, fields: object = {}) =>
      signTransaction(
        { type: 3, ...FEES, maxFeePerBlobGas: 3n, blobVersionedHashes: Array(count).fill(hash), ...fields },
        KEY,
      );
    expect(refusal(world(), blobs(0))?.[0]).toBe('tx-blob-count');
    expect(refusal(world(), blobs(6))).toBeNull();
    expect(refusal(world(), blobs(7))?.[0]).toBe('tx-blob-count');
    expect(refusal(world('Prague'), blobs(9))).toBeNull();
    expect(refusal(world('Prague'), blobs(10))?.[0]).toBe('tx-blob-count');
    expect(refusal(world(), blobs(1, { blobVersionedHashes: [ZERO_HASH] }))?.[0]).toBe('tx-blob-version');
    expect(refusal(world(), blobs(1, { maxFeePerBlobGas: 2n }))?.[0]).toBe('tx-blob-fee');
    expect(refusal(world(), blobs(1, { to: null }))?.[0]).toBe('tx-create-type');
  });
});

describe('authorizations', () => {
  function authorize(fields: Partial<Authorization> = {}): Authorization {
    const unsigned = { chainId: 1337n, address: TARGET, nonce: 0n, ...fields };
    const { r, s, yParity } = signDigest(authorizationHash(unsigned), OTHER_KEY);
    return { ...unsigned, r, s, yParity: BigInt(yParity), ...fields };
  }

  function setCode(authorizationList: readonly Authorization[], fields: Fields = {}): Transaction {
    return signTransaction({ type: 4, ...FEES, ...fields, authorizationList }, KEY);
  }

  it('set a delegation that outlives the revert of the transaction', () => {
    const w = world('Osaka', '0x5f5ffd');
    expect(apply(w, setCode([authorize()])).status).toBe(0);
    expect(w.journal.code(AUTHORITY)).toEqual(designatorOf(TARGET));
    expect(w.journal.nonce(AUTHORITY)).toBe(1n);
  });

  it('are cleared by the zero address', () => {
    const w = world();
    apply(w, setCode([authorize(), authorize({ address: ZERO_ADDRESS, nonce: 1n })]));
    expect(w.journal.code(AUTHORITY)).toEqual(EMPTY_BYTES);
    expect(w.journal.nonce(AUTHORITY)).toBe(2n);
  });

  it('are skipped where chain, nonce or signature is wrong, and the gas is not given back', () => {
    const valid = authorize();
    const highS = { ...valid, s: SECP256K1_N - valid.s, yParity: 1n - valid.yParity };
    for (const wrong of [authorize({ chainId: 1n }), authorize({ nonce: 1n }), highS, { ...valid, yParity: 2n }]) {
      const w = world();
      expect(apply(w, setCode([wrong])).gasUsed).toBe(21_000 + 25_000);
      expect(w.journal.code(AUTHORITY)).toEqual(EMPTY_BYTES);
    }
  });

  it('hold on every chain where they name chain zero', () => {
    const w = world();
    apply(w, setCode([authorize({ chainId: 0n })]));
    expect(w.journal.code(AUTHORITY)).toEqual(designatorOf(TARGET));
  });

  it('refund half of their price where the authority exists', () => {
    const w = world();
    w.journal.setBalance(AUTHORITY, 1n);
    const outcome = apply(w, setCode([authorize()]));
    expect(outcome.gasRefunded).toBe(9200); // a fifth of 46,000, less than 12,500
  });

  it('are asked for, and create nothing', () => {
    expect(refusal(world(), setCode([]))?.[0]).toBe('tx-authorization-list-empty');
    expect(refusal(world(), setCode([authorize()], { to: null, gasLimit: 200_000 }))?.[0]).toBe('tx-create-type');
    expect(refusal(world('Cancun'), setCode([authorize()]))?.[0]).toBe('tx-type-not-supported');
  });
});

describe('simulated calls', () => {
  const call: SimulatedCall = {
    from: ZERO_ADDRESS,
    to: TARGET,
    value: 0n,
    data: EMPTY_BYTES,
    gas: 100_000,
    gasPrice: 0n,
    accessList: [],
    blobVersionedHashes: [],
    authorizationList: [],
  };

  it('need no balance where no price is named', () => {
    const { env } = world('Osaka', '0x60015f5260205ff3');
    const outcome = simulateCall(env, call);
    expect(isRejection(outcome)).toBe(false);
    expect(!isRejection(outcome) && bytesToHex(outcome.output)).toBe(`0x${'01'.padStart(64, '0')}`);
  });

  it('are refused where the value or the intrinsic gas is not there', () => {
    const { env } = world();
    expect(simulateCall(env, { ...call, value: 1n })).toMatchObject({ code: 'tx-insufficient-funds' });
    expect(simulateCall(env, { ...call, gas: 20_999 })).toMatchObject({ code: 'tx-intrinsic-gas' });
  });

  it('end by the step budget', () => {
    const { env } = world('Osaka', '0x5b5f56');
    expect(simulateCall({ ...env, stepBudget: 1000 }, call)).toMatchObject({ status: 0, halt: 'step-budget' });
  });
});
