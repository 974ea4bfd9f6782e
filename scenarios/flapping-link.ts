// A link breaks and comes back, again and again, faster than anybody gives it up. Connections are dialled anew each time, heads are told
// anew, and nobody falls behind: in a network every other way leads there too.

import { scenario } from '../sim/cluster/scenario.ts';

const TIMES = 6;

export default scenario({
  name: 'flapping-link',
  title: 'a link that breaks and comes back at every block',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 500 },
  async play(net) {
    await net.height(3);
    for (let time = 0; time < TIMES; time++) {
      await net.link('n1', 'n2', { state: 'cut' });
      await net.link('n4', 'f1', { state: 'cut' });
      await net.blocks(1);
      await net.link('n1', 'n2', { state: 'open' });
      await net.link('n4', 'f1', { state: 'open' });
      await net.blocks(1);
    }
    const agreed = await net.agreement();
    net.expect('one-chain', agreed.number >= 2 * TIMES, `all nodes have block ${agreed.number}`);
  },
});
