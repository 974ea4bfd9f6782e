// Two sides cannot hear each other, and one node hears both. Gossip is passed on by whoever has checked it, so the one node carries the
// chain across: neither side is large enough alone, and both go on as one network.

import { scenario } from '../sim/cluster/scenario.ts';

const LEFT = ['n1', 'n2'];
const RIGHT = ['n4', 'n5', 'f1'];

export default scenario({
  name: 'bridge',
  title: 'two sides, and one node that hears both',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 500 },
  async play(net) {
    await net.height(3);
    for (const left of LEFT) for (const right of RIGHT) await net.link(left, right, { state: 'stalled' });
    const payment = await net.transfer('n1', { from: 2, to: 3, wei: 1_000n });
    await net.mined(payment, RIGHT);
    await net.blocks(8);
    const agreed = await net.agreement();
    net.expect('one-chain', true, `both sides have block ${agreed.number}, two signers on each and one between them`);
  },
});
