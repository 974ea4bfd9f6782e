// The indexer must survive a reorganisation of three blocks: the customer's payment is in the branch that goes, and in the one that stays
// the same money goes to somebody else. A development chain of one node cannot show this.

import { createNetwork } from 'lockstep-testnet';
import 'lockstep-testnet/vitest';
import { createPublicClient, createWalletClient, http, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { Indexer } from './indexer.ts';

test('takes back a payment whose block was undone', async () => {
  // signerLimit 1: every signer may seal every block, so both sides of a cut go on.
  await using net = await createNetwork({ nodes: 4, signerLimit: 1 });
  const chain = {
    id: net.chainId,
    name: 'lockstep',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [net.rpcUrl('n1')] } },
  };
  const client = createPublicClient({ chain, transport: http(net.rpcUrl('n1')), pollingInterval: 200 });
  const [, customer, shop, accomplice] = net.accounts;
  if (customer === undefined || shop === undefined || accomplice === undefined)
    throw new Error('ten accounts are funded');

  const wallet = createWalletClient({
    account: privateKeyToAccount(customer.privateKey),
    chain,
    transport: http(net.rpcUrl('n1')),
  });
  const fees = { gas: 21_000n, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
  const nonce = await client.getTransactionCount({ address: customer.address });
  const payment = { to: shop.address, value: parseEther('1'), nonce, ...fees };
  const paid = await wallet.signTransaction(payment);
  const doubleSpent = await wallet.signTransaction({ ...payment, to: accomplice.address });

  const indexer = new Indexer(client);
  const made = await net.reorg({
    depth: 3,
    branches: [[paid], [doubleSpent]],
    async beforeHealing() {
      await indexer.sync();
      expect(indexer.received(shop.address)).toBe(parseEther('1')); // the indexer has the payment …
    },
  });
  expect(made.undone).toHaveLength(3);
  expect(net).toHaveReorganised({ depth: { atLeast: 3 }, node: 'n1' });

  await net.blocks(2);
  await expect(net).toAgree();
  await indexer.sync();
  expect(indexer.undone).toBeGreaterThanOrEqual(3);
  expect(indexer.received(shop.address)).toBe(0n); // … and takes it back
  expect(indexer.received(accomplice.address)).toBe(parseEther('1'));
  expect(net).toKeepItsProperties();
});
