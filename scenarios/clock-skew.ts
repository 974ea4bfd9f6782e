// One signer's clock is five periods ahead, another's as far behind. The one ahead seals too early, and the others refuse its blocks as of
// the future; the one behind lets its turns pass. Both follow the chain, which goes on at the pace of the other three.

import { scenario } from '../sim/cluster/scenario.ts';

const RIGHT = ['n1', 'n3', 'n5', 'f1'];

export default scenario({
  name: 'clock-skew',
  title: 'a clock five periods ahead, another five behind',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.height(4);
    await net.machine({ kind: 'clock', node: 'n2', offsetMs: 5 * net.periodMs });
    await net.machine({ kind: 'clock', node: 'n4', offsetMs: -5 * net.periodMs });
    await net.blocks(10, RIGHT);
    await net.machine({ kind: 'repair' });
    // A clock never steps back: the one that was ahead waits until the others have come so far.
    await net.blocks(6, RIGHT);
    const agreed = await net.agreement();
    net.expect('went-on', true, `all nodes have block ${agreed.number}`);
  },
});
