import {
  Transaction as EthersTransaction,
  encodeRlp,
  keccak256 as ethersKeccak,
  hexlify,
  toBeArray,
  toBeHex,
} from 'ethers';
import { type Hex, keccak256, parseTransaction, recoverTransactionAddress, toHex, toRlp } from 'viem';
import { describe, expect, test } from 'vitest';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { createGenesisBlock, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { type Header, headerHash } from '../../node/types/header.ts';
import {
  encodeTransaction,
  signTransaction,
  transactionHash,
  type UnsignedTransaction,
} from '../../node/types/transaction.ts';

const account = DEVELOPMENT_ACCOUNTS[0]!;

function genesisHeader(): Header {
  const genesis = parseGenesis(
    createDefaultGenesis({ signers: [account.address], period: 1, accounts: [account.address] }),
  );
  if (isGenesisProblem(genesis)) throw new Error(genesis.message);
  return createGenesisBlock(genesis).block.header;
}

/** Fields of a header with a value in each that no default hides. */
const busy: Header = {
  ...genesisHeader(),
  number: 300,
  gasUsed: 21_000,
  timestamp: 1_767_225_601,
  difficulty: 2n,
  baseFeePerGas: 875_000_000n,
  blobGasUsed: 0,
  excessBlobGas: 0,
};

/** The header's fields in their order, as hex with integers in their shortest form; `number` makes an integer's hex. */
function fields(header: Header, number: (value: bigint) => Hex): Hex[] {
  const n = (value: bigint | number | undefined): Hex =>
    value === undefined || BigInt(value) === 0n ? '0x' : number(BigInt(value));
  return [
    header.parentHash,
    header.ommersHash,
    header.miner,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    n(header.difficulty),
    n(header.number),
    n(header.gasLimit),
    n(header.gasUsed),
    n(header.timestamp),
    bytesToHex(header.extraData),
    header.mixHash,
    header.nonce,
    n(header.baseFeePerGas),
    header.withdrawalsRoot!,
    n(header.blobGasUsed),
    n(header.excessBlobGas),
    header.parentBeaconBlockRoot!,
    header.requestsHash!,
  ];
}

const evenHex = (value: bigint): Hex => {
  const hex = toHex(value).slice(2);
  return hex.length % 2 === 0 ? `0x${hex}` : `0x0${hex}`;
};

describe.each([
  ['the genesis block', genesisHeader()],
  ['a later block', busy],
])('the hash of %s', (_, header) => {
  test('is what viem computes from the fields', () => {
    expect(keccak256(toRlp(fields(header, evenHex)))).toBe(headerHash(header));
  });
  test('is what ethers computes from the fields', () => {
    const encoded = encodeRlp(fields(header, (value) => hexlify(toBeArray(toBeHex(value))) as Hex));
    expect(ethersKeccak(encoded)).toBe(headerHash(header));
  });
});

const common = {
  nonce: 7n,
  gasLimit: 50_000,
  to: DEVELOPMENT_ACCOUNTS[1]!.address,
  value: 5n,
  data: hexToBytes('0xc0ffee'),
};
const list = { accessList: [{ address: account.address, storageKeys: [`0x${'01'.repeat(32)}` as Hex] }] };
const fees = { maxFeePerGas: 30n, maxPriorityFeePerGas: 2n };
const unsigned: readonly UnsignedTransaction[] = [
  { type: 0, chainId: 1337n, gasPrice: 9n, ...common },
  { type: 1, chainId: 1337n, gasPrice: 9n, ...list, ...common },
  { type: 2, chainId: 1337n, ...fees, ...list, ...common },
  {
    type: 4,
    chainId: 1337n,
    ...fees,
    ...list,
    ...common,
    authorizationList: [{ chainId: 1337n, address: account.address, nonce: 1n, yParity: 1n, r: 3n, s: 4n }],
  },
];

test.each(
  unsigned.map((tx) => [tx.type, tx] as const),
)('a transaction of type %i has the hash and sender that ethers and viem find', async (_, tx) => {
  const signed = signTransaction(tx, hexToBytes(account.privateKey));
  const raw = bytesToHex(encodeTransaction(signed));
  const ethers = EthersTransaction.from(raw);
  expect(ethers.hash).toBe(transactionHash(signed));
  expect(ethers.from?.toLowerCase()).toBe(account.address);
  expect(parseTransaction(raw).nonce).toBe(7);
  const sender = await recoverTransactionAddress({
    serializedTransaction: raw as Parameters<typeof recoverTransactionAddress>[0]['serializedTransaction'],
  });
  expect(sender.toLowerCase()).toBe(account.address);
});
