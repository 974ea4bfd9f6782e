// A case from its seed: accounts whose contracts know each other, a block, and a few transactions. Everything is drawn from one generator
// with named forks, so that case k of a seed is the same whether or not the ones before it were run.

import { authorizationHash } from '../../node/chain/authorizations.ts';
import { create2Address, createAddress } from '../../node/evm/address.ts';
import { designatorOf } from '../../node/evm/delegation.ts';
import { tableOf } from '../../node/evm/table.ts';
import { wordToAddress, wordToHex } from '../../node/lib/bytes.ts';
import { createRandom, type Random } from '../../node/lib/random.ts';
import { signDigest } from '../../node/lib/signatures.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import { FORKS, type Fork, includesFork } from '../../node/types/config.ts';
import type { AccessListEntry, Address, Authorization } from '../../node/types/transaction.ts';
import { createBytecode } from './bytecode.ts';
import { CHAIN_ID, type FuzzBlock, type FuzzCase, type FuzzTransaction, SENDERS } from './case.ts';
import { generateProgram } from './generate-program.ts';
import type { Surroundings } from './operands.ts';
import { precompileCalls, randomBytes } from './precompile-calls.ts';
import { randomWord } from './random-word.ts';
import { type Contract, encodeCall } from './solidity.ts';

/** What generating needs beside a seed. */
export type Ingredients = { readonly contracts: readonly Contract[] };

/** The seed of a case of a run. */
export function seedOfCase(seed: string, index: number): string {
  return `evm/${seed}/${index}`;
}

const CONTRACTS = [0xc0, 0xc1, 0xc2, 0xc3].map((byte): Address => `0x${byte.toString(16).repeat(20)}`);
const DELEGATED = [0xd0, 0xd1].map((byte): Address => `0x${byte.toString(16).repeat(20)}`);
const NOBODY: Address = `0x${'99'.repeat(20)}`;
const RICH: Address = `0x${'ee'.repeat(20)}`;
const COINBASE: Address = `0x${'cb'.repeat(20)}`;
const EMPTY = new Uint8Array(0);
const BASE_FEE = 7n;

/** The case of a seed. */
export function generateCase(seed: string, { contracts }: Ingredients): FuzzCase {
  const random = createRandom(seed);
  const fork = pickFork(random);
  const opcodes = new Set(tableOf(fork).map(({ name }) => name));
  const own = CONTRACTS.slice(0, random.between(1, CONTRACTS.length));
  const solidity = random.chance(1, 2) && includesFork(fork, 'Cancun') ? [random.pick(contracts)] : [];
  const created = own.flatMap((address) => [createAddress(address, 1n), createAddress(address, 2n)]);
  const addresses = [
    ...[...own, ...own, ...own, ...own, ...DELEGATED, ...solidity.map(({ address }) => address)],
    ...[NOBODY, RICH, COINBASE, random.pick(created), ...SENDERS.map(({ address }) => address)],
    ...[wordToAddress(BigInt(random.between(1, 0x12))), wordToAddress(BigInt(random.pick([2, 4, 0x100])))],
  ];
  const surroundings: Surroundings = {
    random: random.fork('programs'),
    hasOpcode: (name) => opcodes.has(name),
    addresses,
    inputsOf: (address) =>
      solidity
        .filter((contract) => contract.address === address)
        .map((contract) => encodeCall(random, contract, addresses, EMPTY)),
    precompiles: precompileCalls(random),
    initCodes: [],
    fragments: contracts.map(({ account }) => account.code),
  };
  const inner = generateInitCodes({ ...surroundings, initCodes: [EMPTY] });
  const around = {
    ...surroundings,
    initCodes: [...inner, ...generateInitCodes({ ...surroundings, initCodes: inner })],
  };

  const world = new Map<Address, AllocAccount>();
  for (const { address } of SENDERS) world.set(address, plain(10n ** 18n));
  world.set(RICH, plain(10n ** 18n));
  for (const { address, account } of solidity) world.set(address, account);
  for (const address of own) world.set(address, generateAccount(around));
  for (const address of DELEGATED)
    world.set(address, { ...plain(3n), nonce: 1n, code: designatorOf(random.pick(addresses)) });
  for (const { address, account } of collisions(random, own, around)) world.set(address, account);

  const block = generateBlock(random, fork);
  const count = random.between(2, 7);
  const draw = random.fork('transactions');
  const transactions = Array.from({ length: count }, () =>
    generateTransaction(draw, { fork, addresses, own, solidity, around }),
  );
  return { fork, block, world, transactions };
}

function pickFork(random: Random): Fork {
  const ticket = random.below(100);
  if (ticket < 60) return 'Osaka';
  if (ticket < 75) return 'Prague';
  if (ticket < 86) return 'Cancun';
  return random.pick(FORKS.slice(0, -3));
}

function plain(balance: bigint): AllocAccount {
  return { nonce: 0n, balance, code: EMPTY, storage: new Map() };
}

function generateAccount(around: Surroundings): AllocAccount {
  const { random } = around;
  const code = generateProgram(around, { statements: random.pick([8, 15, 25, 40]) });
  const storage = new Map<bigint, bigint>();
  for (let slot = 0; slot < 6; slot++) if (random.chance(1, 3)) storage.set(BigInt(slot), BigInt(random.between(1, 3)));
  const nonce = random.chance(1, 60) ? 2n ** 64n - BigInt(random.between(1, 3)) : 1n;
  return { nonce, balance: BigInt(random.below(4)), code, storage };
}

/** Code of creations: it computes, then deploys something, nothing, too much, or fails. */
function generateInitCodes(around: Surroundings): readonly Uint8Array[] {
  const { random } = around;
  return Array.from({ length: 2 }, () => {
    if (random.chance(1, 4)) return generateProgram(around, { statements: 6 });
    if (random.chance(1, 12)) return random.pick(around.initCodes);
    const code = createBytecode({ hasPush0: around.hasOpcode('PUSH0') });
    if (random.chance(1, 3)) {
      code.push(random.below(3), random.below(4));
      code.op('SSTORE');
    }
    if (random.chance(1, 10)) {
      code.op(random.pick(['CALLER', 'ADDRESS', 'ORIGIN']), 'SELFDESTRUCT');
      return code.finish();
    }
    const runtime = random.chance(1, 8) ? randomRuntime(random) : generateProgram(around, { statements: 6 });
    code.pushData(runtime);
    code.push(0);
    code.op('CODECOPY');
    code.push(runtime.length, 0);
    code.op(random.chance(1, 10) && around.hasOpcode('REVERT') ? 'REVERT' : 'RETURN');
    return code.finish();
  });
}

/** Code that is refused or at the limit: EIP-3541, EIP-7702's prefix, EIP-170. */
function randomRuntime(random: Random): Uint8Array {
  if (random.chance(1, 2)) return Uint8Array.of(0xef, random.below(2), 0);
  if (random.chance(1, 8)) return new Uint8Array(random.pick([24_575, 24_576, 24_577]));
  return EMPTY;
}

/** Accounts where contracts will be created: with a nonce, code, storage alone, or a balance alone. */
function collisions(random: Random, own: readonly Address[], around: Surroundings) {
  const places: { readonly address: Address; readonly account: AllocAccount }[] = [];
  for (const creator of own) {
    const init = random.pick(around.initCodes);
    for (const address of [createAddress(creator, 1n), createAddress(creator, 2n), create2Address(creator, 0n, init)]) {
      if (random.chance(5, 6)) continue;
      const account = plain(1n);
      places.push({
        address,
        account: random.pick([
          account,
          { ...account, nonce: 1n },
          { ...account, nonce: 1n, code: Uint8Array.of(0x60, 1, 0x5f, 0x55) },
          { ...account, storage: new Map([[0n, 1n]]) },
        ]),
      });
    }
  }
  return places;
}

function generateBlock(random: Random, fork: Fork): FuzzBlock {
  return {
    number: random.pick([1, 2, 255, 256, 257, 1000, 20_000_000]),
    timestamp: 1_700_000_000 + random.below(1000),
    coinbase: random.chance(1, 8) ? random.pick([NOBODY, ...CONTRACTS, SENDERS[1]?.address ?? NOBODY]) : COINBASE,
    prevRandao: includesFork(fork, 'Paris') ? wordToHex(randomWord(random)) : wordToHex(0n),
    difficulty: includesFork(fork, 'Paris') ? 0n : BigInt(131_072 + random.below(1000)),
    gasLimit: 30_000_000,
    baseFee: includesFork(fork, 'London') ? BASE_FEE : 0n,
    excessBlobGas: random.pick([0, 0, 131_072 * 10, 131_072 * 400]),
  };
}

type TransactionContext = {
  readonly fork: Fork;
  readonly addresses: readonly Address[];
  readonly own: readonly Address[];
  readonly solidity: readonly Contract[];
  readonly around: Surroundings;
};

function generateTransaction(random: Random, context: TransactionContext): FuzzTransaction {
  const { fork, addresses, own, solidity, around } = context;
  const kind = random.below(20);
  const contract = solidity[0];
  let to: Address | null = random.pick(own);
  let data: Uint8Array = randomBytes(random, random.chance(1, 3) ? 0 : random.below(100));
  if (kind < 5 && contract !== undefined) {
    to = contract.address;
    const inner = random.chance(1, 2) ? encodeCall(random, contract, addresses, EMPTY) : EMPTY;
    data = encodeCall(random, contract, addresses, inner);
  } else if (kind < 7) {
    to = null;
    data = random.pick(around.initCodes);
    if (contract !== undefined && random.chance(1, 30)) data = contract.initCode;
  } else if (kind < 9) to = random.pick(DELEGATED);
  else if (kind < 10) to = random.pick(addresses);

  const types = ([0, 1, 2, 3, 4] as const).filter((type) => includesFork(fork, TYPE_FORKS[type]));
  let type = random.chance(1, 3) ? random.pick(types) : includesFork(fork, 'London') ? 2 : 0;
  if (to === null && type > 2) type = 2;
  return {
    type,
    sender: random.chance(2, 3) ? 0 : random.below(SENDERS.length),
    to,
    value: random.chance(1, 3) ? BigInt(random.below(4)) : 0n,
    data,
    gasLimit: random.pick(GAS_LIMITS) + random.below(2000) + data.length * 40,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: BigInt(random.below(4)),
    accessList: type === 0 ? [] : accessList(random, addresses),
    blobVersionedHashes:
      type === 3 ? Array.from({ length: random.between(1, 3) }, (_, i): Address => `0x01${String(i).repeat(62)}`) : [],
    authorizationList:
      type === 4 ? Array.from({ length: random.between(1, 2) }, () => authorization(random, addresses)) : [],
  };
}

const TYPE_FORKS = { 0: 'Frontier', 1: 'Berlin', 2: 'London', 3: 'Cancun', 4: 'Prague' } as const;
const GAS_LIMITS = [26_000, 60_000, 80_000, 100_000, 120_000, 150_000, 150_000, 200_000, 200_000, 300_000, 500_000];

function accessList(random: Random, addresses: readonly Address[]): readonly AccessListEntry[] {
  return Array.from({ length: random.below(3) }, () => ({
    address: random.pick(addresses),
    storageKeys: Array.from({ length: random.below(4) }, () => wordToHex(BigInt(random.below(6)))),
  }));
}

/** Signed by one of the senders: for an account of theirs, with a nonce that is right more often than not. */
function authorization(random: Random, addresses: readonly Address[]): Authorization {
  const signer = random.pick(SENDERS);
  const fields = {
    chainId: random.pick([0n, CHAIN_ID, CHAIN_ID, 2n]),
    address: random.chance(1, 6) ? (`0x${'00'.repeat(20)}` as const) : random.pick(addresses),
    nonce: BigInt(random.below(4)),
  };
  const key = `${signer.address}/${fields.chainId}/${fields.address}/${fields.nonce}`;
  let signed = signedBefore.get(key);
  if (signed === undefined) {
    const { r, s, yParity } = signDigest(authorizationHash(fields), signer.key);
    signed = { ...fields, r, s, yParity: BigInt(yParity) };
    if (signedBefore.size < 10_000) signedBefore.set(key, signed);
  }
  return random.chance(1, 12) ? { ...signed, s: signed.s + 1n } : signed;
}

const signedBefore = new Map<string, Authorization>();
