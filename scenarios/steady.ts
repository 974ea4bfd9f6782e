// Five authorities and a follower, nothing broken. Every node executes every block in its own machine, and all of them come to the same
// state root: that is the whole idea, and everything else in this folder breaks it on purpose. Watch the sealers take turns.

import { scenario } from '../sim/cluster/scenario.ts';

export default scenario({
  name: 'steady',
  title: 'six nodes, nothing broken: every root agrees',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 500 },
  async play(net) {
    await net.height(3);
    const hash = await net.transfer('n1', { from: 0, to: 1, wei: 10n ** 18n });
    const block = await net.mined(hash);
    net.say(`1 ether given to n1 was mined in block ${block.number} and is known to all`);
    await net.height(15);
    const agreed = await net.agreement(net.nodes, 12);
    net.expect('one-root', agreed.number === 12, `all nodes have root ${agreed.stateRoot} at height 12`);
  },
});
