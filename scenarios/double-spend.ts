// The same money spent twice, across a cut. A shop counts confirmations on its own node, f1, which hears one signer alone; the buyer spends the
// same nonce among the other four. In this network every signer may seal every block (signerLimit 1, the naive scheme), so the shop's side
// goes on: six confirmations, and the goods are gone. When the cut heals, the heavier branch is the others', and the payment was never made.
// A count of blocks says how long one has waited, not who agreed. Clique's rule makes it say that: a side with fewer signers than the limit
// halts after so many blocks as it has signers, so a shop that waits for more than half of the signers is never paid there (withTheRule).

import { type Scenario, type Stage, scenario } from '../sim/cluster/scenario.ts';

/** What the shop takes for settled. */
const CONFIRMATIONS = 6;
const TWO_ETHER = 2_000_000_000_000_000_000n;
/** Development accounts 2, 3 and 4. */
const BUYER = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc';
const SHOP = '0x90f79bf6eb2c4f870365e785982e1f101e93b906';
const ACCOMPLICE = '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65';

export default scenario({
  name: 'double-spend',
  title: 'six confirmations on the wrong side of a cut, and a payment that was never made',
  network: { authorities: 5, followers: 1, period: 1, signerLimit: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    const others = ['n2', 'n3', 'n4', 'n5'];
    await net.height(5);
    const before = await balances(net, 'n1', 'latest');
    await net.partition(['n1', 'f1'], others);
    const { paid, stolen } = await spendTwice(net);

    const first = await net.mined(paid, ['f1']);
    await net.height(first.number + CONFIRMATIONS - 1, ['f1']);
    net.say(`the payment has ${CONFIRMATIONS} confirmations on the shop's node: the goods are handed over`);
    await net.mined(stolen, others);
    const weight = weightOf(net, 'f1');
    await net.event('the other side to be heavier', (o) => {
      return (
        o.kind === 'event' && o.node === 'n2' && o.event.kind === 'head' && BigInt(o.event.totalDifficulty) > weight
      );
    });
    await net.heal();

    const deepest = await undoneOn(net, 'f1');
    net.expect('undone-deep', deepest >= CONFIRMATIONS, `${deepest} blocks were undone on the shop's node`);
    const kept = await net.mined(stolen);
    const at = await net.agreement(net.nodes, kept.number);
    await expectSpentOnce(net, { paid, stolen });
    const after = await balances(net, 'f1', `0x${at.number.toString(16)}`);
    net.expect(
      'money',
      after.shop === before.shop && after.accomplice === before.accomplice + TWO_ETHER,
      `the shop has ${after.shop - before.shop} wei more, the accomplice ${after.accomplice - before.accomplice}`,
    );
  },
});

/** The same under Clique's own rule, where three of five signers are needed: the shop's side halts, and says so. */
export const withTheRule: Scenario = scenario({
  name: 'double-spend-with-the-rule',
  title: "the same under Clique's rule: the shop's side halts before it is sure",
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.height(5);
    await net.partition(['n1', 'n3', 'f1'], ['n2', 'n4', 'n5']);
    const spent = await spendTwice(net);
    await net.event('n1 to halt', (o) => o.kind === 'event' && o.node === 'n1' && o.event.kind === 'halted');
    const receipt = await net.rpc('f1', 'eth_getTransactionReceipt', spent.paid);
    const height = Number(await net.rpc('f1', 'eth_blockNumber'));
    const confirmations = receipt === null ? 0 : height - blockOf(receipt) + 1;
    net.expect('never-sure', confirmations < 3, `${confirmations} confirmations, of three that the shop waits for`);
    await net.mined(spent.stolen, ['n2', 'n4', 'n5']);
    await net.blocks(3, ['n2', 'n4', 'n5']);
    await net.heal();
    await net.mined(spent.stolen);
    await expectSpentOnce(net, spent);
  },
});

type Spent = { readonly paid: string; readonly stolen: string };

/** One nonce, to the shop on its side and to the accomplice on the other. */
async function spendTwice(net: Stage): Promise<Spent> {
  const nonce = BigInt(String(await net.rpc('n1', 'eth_getTransactionCount', BUYER, 'latest')));
  const paid = await net.transfer('n1', { from: 2, to: 3, wei: TWO_ETHER, nonce });
  const stolen = await net.transfer('n2', { from: 2, to: 4, wei: TWO_ETHER, nonce });
  return { paid, stolen };
}

async function expectSpentOnce(net: Stage, { paid, stolen }: Spent): Promise<void> {
  const receipts = async (hash: string): Promise<number> => {
    const found = await Promise.all(net.nodes.map((node) => net.rpc(node, 'eth_getTransactionReceipt', hash)));
    return found.filter((receipt) => receipt !== null).length;
  };
  const [withPaid, withStolen] = [await receipts(paid), await receipts(stolen)];
  const holds = withPaid === 0 && withStolen === net.nodes.length;
  net.expect('spent-once', holds, `the payment stands on ${withPaid} nodes, its rival on ${withStolen}`);
}

async function balances(
  net: Stage,
  node: string,
  block: string,
): Promise<{ readonly shop: bigint; readonly accomplice: bigint }> {
  const of = async (address: string): Promise<bigint> =>
    BigInt(String(await net.rpc(node, 'eth_getBalance', address, block)));
  return { shop: await of(SHOP), accomplice: await of(ACCOMPLICE) };
}

/** The total difficulty of a node's head, as it told last. */
function weightOf(net: Stage, node: string): bigint {
  const last = net.seen().findLast((o) => o.kind === 'event' && o.node === node && o.event.kind === 'head');
  return last?.kind === 'event' && last.event.kind === 'head' ? BigInt(last.event.totalDifficulty) : 0n;
}

/** Waits until the node leaves its branch, from now on; how many blocks it undid. */
async function undoneOn(net: Stage, node: string): Promise<number> {
  const moved = await net.event(`${node} to reorganise`, (o) => {
    return o.kind === 'event' && o.node === node && o.event.kind === 'head' && o.event.undone.length >= CONFIRMATIONS;
  });
  return moved.kind === 'event' && moved.event.kind === 'head' ? moved.event.undone.length : 0;
}

function blockOf(receipt: unknown): number {
  return typeof receipt === 'object' && receipt !== null && 'blockNumber' in receipt ? Number(receipt.blockNumber) : 0;
}
