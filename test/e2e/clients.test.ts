// The clients that people use, against a running network: viem, ethers and cast each talk to nodes of their own choice, and what one
// node is given shows on the others. Also what the nodes say when a transaction is wrong, and what becomes of one behind a partition.

import { fileURLToPath } from 'node:url';
import { ethers } from 'ethers';
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  concatHex,
  createPublicClient,
  createWalletClient,
  defineChain,
  getContract,
  type Hash,
  type Hex,
  http,
  InsufficientFundsError,
  keccak256,
  NonceTooLowError,
  numberToHex,
  parseEther,
  parseGwei,
  toRlp,
  trim,
} from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlClient } from '../../sim/cluster/remote.ts';
import { type Compiled, compile } from './compile.ts';
import { eventually, interrupt, newFolder, output, type Up, up } from './lockstep.ts';

const CAST = fileURLToPath(new URL('../../node_modules/.bin/cast', import.meta.url));
const MNEMONIC = 'test test test test test test test test test test test junk';
/** Blocks on top of one that is not expected to be undone any more: two signers may seal at one height. */
const DEPTH = 2n;
const FEES = { maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') };
const TRANSFER_GAS = 21_000n;

const chain = defineChain({
  id: 1337,
  name: 'Lockstep',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
});

/** A development account. Each test has its own, so that no two count the same nonces. */
const account = (addressIndex: number) => mnemonicToAccount(MNEMONIC, { addressIndex });
const PRIVATE = (index: number): Hex => `0x${Buffer.from(account(index).getHdKey().privateKey ?? []).toString('hex')}`;

const cleanings: (() => void)[] = [];
let network: Up;
let token: Compiled & { readonly address: Address; readonly block: bigint };

const transport = (node: string) => http(network.rpc(node), { timeout: 60_000, retryCount: 5 });
const reader = (node: string) =>
  createPublicClient({ chain, transport: transport(node), pollingInterval: 200, cacheTime: 0 });
const writer = (node: string, index: number) =>
  createWalletClient({ chain, account: account(index), transport: transport(node) });

/** Waits until the nodes have the transaction in one and the same block, with others on top. */
function settled(hash: Hash, nodes: readonly string[] = network.nodes) {
  return eventually(`${hash} on ${nodes.join(', ')}`, async () => {
    const receipts = await Promise.all(nodes.map((node) => reader(node).getTransactionReceipt({ hash })));
    const heights = await Promise.all(nodes.map((node) => reader(node).getBlockNumber()));
    const [first] = receipts;
    const isOne = receipts.every((receipt) => receipt.blockHash === first?.blockHash);
    return isOne && first && heights.every((height) => height >= first.blockNumber + DEPTH) && first;
  });
}

function receiptOrNull(node: string, hash: Hash) {
  return reader(node)
    .getTransactionReceipt({ hash })
    .catch(() => null);
}

/** The words of the node beneath whatever the library made of them. */
async function refusal(sending: Promise<unknown>): Promise<{ readonly error: BaseError; readonly details: string }> {
  const error = await sending.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BaseError)) throw new Error(`no refusal: ${String(error)}`);
  return { error, details: error.details };
}

beforeAll(async () => {
  const [started, compiled] = await Promise.all([
    up(newFolder((clean) => cleanings.push(clean))),
    compile('Token.sol'),
  ]);
  network = started;
  const hash = await writer('n1', 0).deployContract({ ...compiled, args: [parseEther('1000')] });
  const receipt = await settled(hash);
  if (!receipt.contractAddress) throw new Error('the receipt of the creation names no contract');
  token = { ...compiled, address: receipt.contractAddress, block: receipt.blockNumber };
});

afterAll(async () => {
  if (network !== undefined) await interrupt(network);
  for (const clean of cleanings) clean();
});

describe('viem', () => {
  test('deploys a token through n1, transfers it through n2, and reads balances and events through n3', async () => {
    const to = account(1).address;
    const hash = await writer('n2', 0).writeContract({
      ...token,
      functionName: 'transfer',
      args: [to, parseEther('25')],
    });
    const receipt = await reader('n2').waitForTransactionReceipt({ hash, confirmations: 2, timeout: 60_000 });
    expect(receipt.status).toBe('success');
    const { blockNumber } = await settled(hash);

    const contract = getContract({ ...token, client: reader('n3') });
    expect(await contract.read['balanceOf']!([to])).toBe(parseEther('25'));
    expect(await contract.read['balanceOf']!([account(0).address])).toBe(parseEther('975'));
    expect(await contract.read['symbol']!()).toBe('LOCK');
    expect(await contract.read['balanceOf']!([to], { blockNumber: blockNumber - 1n })).toBe(0n);

    const events = await reader('n3').getContractEvents({ ...token, eventName: 'Transfer', fromBlock: token.block });
    expect(events.map((event) => (event as unknown as { args: unknown }).args)).toEqual([
      { from: '0x0000000000000000000000000000000000000000', to: account(0).address, value: parseEther('1000') },
      { from: account(0).address, to, value: parseEther('25') },
    ]);
    expect(events[1]).toMatchObject({ transactionHash: hash, blockNumber, logIndex: 0, removed: false });
    const others = await reader('n3').getContractEvents({
      ...token,
      eventName: 'Transfer',
      args: { to: account(9).address },
      fromBlock: token.block,
    });
    expect(others).toEqual([]);
  });

  test("decodes the custom error of a call that reverts, and a mined one's receipt says reverted", async () => {
    const poor = account(9);
    const transfer = { ...token, functionName: 'transfer', args: [account(0).address, 5n] };
    const { error } = await refusal(reader('n3').simulateContract({ ...transfer, account: poor }));
    const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    expect(reverted).toBeInstanceOf(ContractFunctionRevertedError);
    expect((reverted as ContractFunctionRevertedError).data).toMatchObject({
      errorName: 'ERC20InsufficientBalance',
      args: [poor.address, 0n, 5n],
    });

    const hash = await writer('f1', 9).writeContract({ ...transfer, gas: 100_000n });
    const receipt = await settled(hash);
    expect(receipt).toMatchObject({ status: 'reverted', logs: [] });
    expect(receipt.gasUsed).toBeLessThan(100_000n);
  });

  test('rebuilds the hash of a block from what n1 and f1 answer, by RLP and keccak alone', async () => {
    const heights = [0n, token.block, await reader('n1').getBlockNumber()];
    for (const node of ['n1', 'f1']) {
      for (const height of heights) {
        const block = await eventually(`block ${height} on ${node}`, () =>
          reader(node).request({ method: 'eth_getBlockByNumber', params: [numberToHex(height), false] }),
        );
        expect(rebuiltHash(block as unknown as Answered)).toBe(block.hash);
      }
    }
  });
});

test('ethers sends through n2 and waits for the block, knows the fees, and reads a contract', async () => {
  const provider = new ethers.JsonRpcProvider(network.rpc('n2'), 1337, { pollingInterval: 200, cacheTimeout: -1 });
  try {
    const fees = await provider.getFeeData();
    expect(fees.maxFeePerGas).toBeGreaterThan(0n);
    expect(fees.maxPriorityFeePerGas).toBeGreaterThan(0n);
    expect(fees.gasPrice).toBeGreaterThan(0n);

    const wallet = new ethers.Wallet(PRIVATE(2), provider);
    const to = ethers.hexlify(ethers.randomBytes(20));
    const sent = await wallet.sendTransaction({ to, value: ethers.parseEther('1.5') });
    const receipt = await sent.wait(2, 60_000);
    expect(receipt?.status).toBe(1);
    expect(sent.type).toBe(2);
    await settled(sent.hash as Hash);
    expect(await provider.getBalance(to)).toBe(ethers.parseEther('1.5'));

    const contract = new ethers.Contract(token.address, token.abi as unknown as ethers.InterfaceAbi, provider);
    expect(await contract['totalSupply']!()).toBe(parseEther('1000'));
    await expect(contract['transfer']!.staticCall(to, 1n, { from: wallet.address })).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      revert: { name: 'ERC20InsufficientBalance' },
    });
  } finally {
    provider.destroy();
  }
});

test('cast sends through n4, and calls and looks at blocks and balances through f1', async () => {
  const rpc = (node: string) => ['--rpc-url', network.rpc(node)];
  const to = '0x00000000000000000000000000000000000ca570';
  const sent = await output(CAST, 'send', ...rpc('n4'), '--private-key', PRIVATE(3), '--json', '--value', '2ether', to);
  const receipt = JSON.parse(sent) as { status: string; transactionHash: Hash };
  expect(receipt.status).toBe('0x1');
  const { blockNumber, blockHash } = await settled(receipt.transactionHash);

  expect((await output(CAST, 'balance', ...rpc('f1'), '--ether', to)).trim()).toBe('2.000000000000000000');
  const supply = await output(CAST, 'call', ...rpc('f1'), token.address, 'totalSupply()(uint256)');
  expect(supply).toContain('1000000000000000000000');
  const block = JSON.parse(await output(CAST, 'block', ...rpc('f1'), String(blockNumber), '--json')) as { hash: Hash };
  expect(block.hash).toBe(blockHash);
});

describe('a transaction that breaks the rules', () => {
  test('is refused in the words by which clients tell what is wrong', async () => {
    const wallet = writer('n1', 4);
    const to = account(1).address;
    const plain = { to, gas: TRANSFER_GAS, type: 'eip1559', ...FEES } as const;
    await settled(await wallet.sendTransaction({ ...plain, nonce: 0, value: 1n }));

    const low = await refusal(wallet.sendTransaction({ ...plain, nonce: 0, value: 2n }));
    expect(low.error.walk((cause) => cause instanceof NonceTooLowError)).not.toBeNull();
    expect(low.details).toContain('nonce too low');

    const rich = await refusal(wallet.sendTransaction({ ...plain, nonce: 1, value: parseEther('20000') }));
    expect(rich.error.walk((cause) => cause instanceof InsufficientFundsError)).not.toBeNull();
    expect(rich.details).toContain('insufficient funds');

    // Nonce 1 is missing, so that nonce 2 stays in the pool for as long as it is looked at.
    const later = await wallet.sendTransaction({ ...plain, nonce: 2, value: 1n });
    const again = await refusal(wallet.sendTransaction({ ...plain, nonce: 2, value: 1n }));
    expect(again.details).toContain('already known');
    const cheap = await refusal(wallet.sendTransaction({ ...plain, nonce: 2, value: 3n }));
    expect(cheap.details).toContain('replacement transaction underpriced');

    const dear = { maxFeePerGas: 2n * FEES.maxFeePerGas, maxPriorityFeePerGas: 2n * FEES.maxPriorityFeePerGas };
    const replaced = await wallet.sendTransaction({ ...plain, ...dear, nonce: 2, value: 3n });
    await wallet.sendTransaction({ ...plain, nonce: 1, value: 1n });
    await settled(replaced);
    expect(await receiptOrNull('n1', later)).toBeNull();
  });

  test('is refused if it is of type 3; types 0, 1, 2 and 4 are mined', async () => {
    const wallet = writer('n3', 5);
    const me = account(5);
    const to = account(1).address;
    const common = { to, value: 1n };
    const gas = 50_000n;
    const authorization = await wallet.signAuthorization({ contractAddress: token.address, nonce: 4, chainId: 1337 });
    const sent = [
      await wallet.sendTransaction({ ...common, type: 'legacy', nonce: 0, gas, gasPrice: FEES.maxFeePerGas }),
      await wallet.sendTransaction({
        ...common,
        type: 'eip2930',
        nonce: 1,
        gas,
        gasPrice: FEES.maxFeePerGas,
        accessList: [{ address: token.address, storageKeys: [numberToHex(0, { size: 32 })] }],
      }),
      await wallet.sendTransaction({ ...common, type: 'eip1559', nonce: 2, gas, ...FEES }),
      await wallet.sendTransaction({
        type: 'eip7702',
        to: me.address,
        nonce: 3,
        gas: 200_000n,
        authorizationList: [authorization],
        ...FEES,
      }),
    ];
    const receipts = await Promise.all(sent.map((hash) => settled(hash)));
    expect(receipts.map((receipt) => receipt.type)).toEqual(['legacy', 'eip2930', 'eip1559', 'eip7702']);
    expect(receipts.slice(0, 3).map((receipt) => receipt.status)).toEqual(['success', 'success', 'success']);
    expect(await reader('n4').getCode({ address: me.address })).toBe(
      concatHex(['0xef0100', token.address]).toLowerCase(),
    );

    const blob = await me.signTransaction({
      type: 'eip4844',
      chainId: 1337,
      nonce: 5,
      gas: TRANSFER_GAS,
      to,
      blobVersionedHashes: [concatHex(['0x01', `0x${'11'.repeat(31)}`])],
      maxFeePerBlobGas: 1n,
      ...FEES,
    });
    const refused = await refusal(reader('n3').sendRawTransaction({ serializedTransaction: blob }));
    expect(refused.details).toContain('transaction type not supported');
  });
});

describe('behind a partition', () => {
  test('the same nonce is spent on both sides, and exactly one of the two survives on every node', async () => {
    const control = controlClient(network.control);
    const signed = (to: Address) =>
      account(6).signTransaction({
        type: 'eip1559',
        chainId: 1337,
        nonce: 0,
        gas: TRANSFER_GAS,
        to,
        value: parseEther('1'),
        ...FEES,
      });
    const [left, right] = await Promise.all([
      signed('0x0000000000000000000000000000000000001ef7'),
      signed('0x000000000000000000000000000000000000519e'),
    ]);
    const minority = ['n1', 'n3'];
    const majority = ['n2', 'n4', 'n5', 'f1'];
    await control.order({ kind: 'partition', groups: [minority, majority] });
    const hashes = [
      await reader('n1').sendRawTransaction({ serializedTransaction: left }),
      await reader('n2').sendRawTransaction({ serializedTransaction: right }),
    ] as const;
    await settled(hashes[1], majority);
    await eventually('n1 to halt', async () => {
      const status = (await reader('n1').request({ method: 'lockstep_status' as 'eth_chainId' })) as unknown;
      return (status as { halted: unknown }).halted !== null;
    });
    expect(await receiptOrNull('n1', hashes[1])).toBeNull();
    expect(await receiptOrNull('n2', hashes[0])).toBeNull();

    await control.order({ kind: 'heal' });
    const survivor = await settled(hashes[1]);
    for (const node of network.nodes) {
      expect((await receiptOrNull(node, hashes[1]))?.blockHash).toBe(survivor.blockHash);
      expect(await receiptOrNull(node, hashes[0])).toBeNull();
      expect(await reader(node).getTransactionCount({ address: account(6).address })).toBe(1);
      expect(await reader(node).getBalance({ address: '0x0000000000000000000000000000000000001ef7' })).toBe(0n);
    }
  });

  test('what an isolated node was given crosses after the healing', async () => {
    const control = controlClient(network.control);
    const serializedTransaction = await account(7).signTransaction({
      type: 'eip1559',
      chainId: 1337,
      nonce: 0,
      gas: TRANSFER_GAS,
      to: account(1).address,
      value: 7n,
      ...FEES,
    });
    await control.order({ kind: 'node', node: 'n5', state: 'stalled' });
    const hash = await reader('n5').sendRawTransaction({ serializedTransaction });
    expect(await reader('n5').getTransaction({ hash })).toMatchObject({ hash, nonce: 0 });
    const height = await reader('n1').getBlockNumber();
    await eventually('n1 to go on without n5', async () => (await reader('n1').getBlockNumber()) >= height + 3n);
    for (const node of ['n1', 'n2', 'n3', 'n4', 'f1']) {
      expect(await reader(node).request({ method: 'eth_getTransactionByHash', params: [hash] })).toBeNull();
    }

    await control.order({ kind: 'heal' });
    expect(await settled(hash)).toMatchObject({ status: 'success' });
  });
});

test('a call that never ends is ended by its budget of gas or steps, while blocks go on', async () => {
  const height = await reader('n2').getBlockNumber();
  const call = (code: Hex) =>
    refusal(
      reader('n2').request({ method: 'eth_call', params: [{ data: code, gas: numberToHex(50_000_000) }, 'latest'] }),
    );
  // JUMPDEST PUSH0 JUMP: 11 gas for three steps.
  expect((await call('0x5b5f56')).details).toContain('out of gas');
  // 20,000 JUMPDESTs before the jump back: hardly more than one gas a step.
  expect((await call(`0x${'5b'.repeat(20_000)}5f56`)).details).toMatch(/execution aborted \(budget = \d+ steps\)/);
  await eventually('n2 to go on', async () => (await reader('n2').getBlockNumber()) >= height + 2n);
});

type Answered = Readonly<Record<string, Hex>>;

/** The fields of a header in their order (yellow paper 4.3, EIP-1559, 4895, 4844, 4788, 7685), as JSON-RPC names them. */
const QUANTITY = new Set([
  'difficulty',
  'number',
  'gasLimit',
  'gasUsed',
  'timestamp',
  'baseFeePerGas',
  'blobGasUsed',
  'excessBlobGas',
]);
const HEADER = [
  'parentHash',
  'sha3Uncles',
  'miner',
  'stateRoot',
  'transactionsRoot',
  'receiptsRoot',
  'logsBloom',
  'difficulty',
  'number',
  'gasLimit',
  'gasUsed',
  'timestamp',
  'extraData',
  'mixHash',
  'nonce',
  'baseFeePerGas',
  'withdrawalsRoot',
  'blobGasUsed',
  'excessBlobGas',
  'parentBeaconBlockRoot',
  'requestsHash',
];
/** What an answer holds beside the header. */
const BESIDE = ['hash', 'size', 'uncles', 'transactions', 'withdrawals', 'totalDifficulty'];

function rebuiltHash(block: Answered): Hash {
  const unknown = Object.keys(block).filter((key) => !HEADER.includes(key) && !BESIDE.includes(key));
  expect(unknown).toEqual([]);
  const fields = HEADER.flatMap((key) => {
    const value = block[key];
    if (value === undefined) return [];
    if (!QUANTITY.has(key)) return [value];
    return [value === '0x0' ? ('0x' as const) : trim(numberToHex(BigInt(value), { size: 32 }))];
  });
  return keccak256(toRlp(fields));
}
