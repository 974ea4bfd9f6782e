// One signer's key on both sides of a cut (Ekparinya, Gramoli, Jourjon, NDSS 2020). With five authorities three are needed: two others on
// either side and the copied key make three on both, so both sides go on without bound, and a payment that looked safe for a dozen blocks is
// undone when the cut heals. With four authorities three are needed as well, but one side has only two: it halts, and nothing deep is undone.

import { type Scenario, type Stage, scenario } from '../sim/cluster/scenario.ts';

/** f1 holds n1's key. It stands on the other side. */
const CLONE = { f1: 'clone-of-n1' };
/** Blocks that each side is given to seal. */
const BLOCKS = 12;
/** Development account 2. */
const SENDER = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc';

export default scenario({
  name: 'clone-attack',
  title: 'one key on both sides of a cut, and a payment undone a dozen blocks deep',
  network: { authorities: 5, followers: 1, period: 1, faults: CLONE },
  load: { everyMs: 1_000 },
  async play(net) {
    const [left, right] = [
      ['n1', 'n2', 'n3'],
      ['f1', 'n4', 'n5'],
    ] as const;
    await cloned(net);
    const nonce = BigInt(String(await net.rpc('n2', 'eth_getTransactionCount', SENDER, 'latest')));
    await net.partition(left, right);
    const payments = [
      await net.transfer('n2', { from: 2, to: 3, wei: 1_000n, nonce }),
      await net.transfer('n4', { from: 2, to: 4, wei: 1_000n, nonce }),
    ];
    await Promise.all([net.blocks(BLOCKS, ['n2', 'n3']), net.blocks(BLOCKS, ['n4', 'n5'])]);
    net.say(`both sides have sealed ${BLOCKS} blocks, and each has a payment with the same nonce`);
    await net.heal();
    await net.blocks(3, ['n2', 'n3', 'n4', 'n5']);
    const agreed = await net.agreement(['n2', 'n3', 'n4', 'n5']);
    const deepest = deepestUndone(net);
    net.expect(
      'undone-deep',
      deepest >= BLOCKS - 2,
      `${deepest} blocks were undone at once at height ${agreed.number}`,
    );
    const receipts = await Promise.all(payments.map((hash) => net.rpc('n2', 'eth_getTransactionReceipt', hash)));
    const survivors = receipts.filter((receipt) => receipt !== null).length;
    net.expect('one-survives', survivors === 1, `${survivors} of two payments with one nonce`);
  },
});

/** The same attack on four authorities. */
export const onFour: Scenario = scenario({
  name: 'clone-attack-on-four',
  title: 'the same with four authorities: one side halts',
  network: { authorities: 4, followers: 1, period: 1, faults: CLONE },
  load: { everyMs: 1_000 },
  async play(net) {
    await cloned(net);
    await net.partition(['n1', 'n2'], ['f1', 'n3', 'n4']);
    await net.event('n2 to halt', (o) => o.kind === 'event' && o.node === 'n2' && o.event.kind === 'halted');
    await net.blocks(BLOCKS, ['n3', 'n4']);
    await net.heal();
    await net.blocks(3, ['n2', 'n3', 'n4']);
    await net.agreement(['n2', 'n3', 'n4']);
    const deepest = deepestUndone(net);
    net.expect('undone-shallow', deepest <= 2, `${deepest} blocks were undone at once`);
  },
});

/** A node that came later than the others does not seal at once: the attack begins when the copied key is in use. */
async function cloned(net: Stage): Promise<void> {
  await net.height(5);
  await net.event('f1 to seal with the key of n1', (o) => {
    return o.kind === 'event' && o.node === 'f1' && o.event.kind === 'sealed';
  });
}

/** Of the correct nodes. */
function deepestUndone(net: Stage): number {
  const depths = net.seen().map((o) => {
    const isCorrect = o.kind === 'event' && o.node !== 'f1' && o.node !== 'n1';
    return isCorrect && o.event.kind === 'head' ? o.event.undone.length : 0;
  });
  return Math.max(0, ...depths);
}
