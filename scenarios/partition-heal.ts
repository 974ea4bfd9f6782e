// The network is cut in two: n1,n3 on one side, n2,n4,n5 and the follower on the other. With five authorities three are needed, so the
// smaller side adds a block or two and halts, saying so; the larger goes on. The same money is spent on both sides, to different people,
// with the same nonce. When the cut heals, the smaller side undoes its blocks, and exactly one of the two payments survives.

import { scenario } from '../sim/cluster/scenario.ts';

const MINORITY = ['n1', 'n3'];
const MAJORITY = ['n2', 'n4', 'n5', 'f1'];

export default scenario({
  name: 'partition-heal',
  title: 'a cut in two, the same nonce spent on both sides, and the reorganisation that decides',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.blocks(5);
    const nonce = BigInt(String(await net.rpc('n1', 'eth_getTransactionCount', SENDER, 'latest')));
    await net.partition(MINORITY, MAJORITY);
    const small = await net.transfer('n1', { from: 2, to: 3, wei: 1_000n, nonce });
    const large = await net.transfer('n2', { from: 2, to: 4, wei: 1_000n, nonce });
    net.say('the same nonce is spent on both sides');

    await net.event(
      'the smaller side halts',
      (o) => o.kind === 'event' && MINORITY.includes(o.node) && o.event.kind === 'halted',
    );
    net.say('n1 and n3 have halted: 2 signers, 3 needed');
    await net.blocks(4, MAJORITY);
    await net.heal();

    await net.event('the smaller side reorganises', (o) => {
      return o.kind === 'event' && MINORITY.includes(o.node) && o.event.kind === 'head' && o.event.undone.length > 0;
    });
    const block = await net.mined(large);
    const lost = await Promise.all(net.nodes.map((node) => net.rpc(node, 'eth_getTransactionReceipt', small)));
    net.expect(
      'one-survives',
      lost.every((receipt) => receipt === null),
      `${large} stands in block ${block.number}; ${small} nowhere`,
    );
    await net.agreement(net.nodes, block.number);
  },
});

/** Development account 2. */
const SENDER = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc';
