// An upgrade as it is done: one node after the other is stopped and started again, under load. At no time are fewer signers up than are
// needed, the chain does not stop, and every transaction that a node has accepted is mined.

import { scenario } from '../sim/cluster/scenario.ts';

export default scenario({
  name: 'rolling-restart',
  title: 'one node after the other is restarted under load',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 200 },
  async play(net) {
    await net.height(3);
    for (const node of net.nodes) {
      await net.stop(node);
      const others = net.nodes.filter((other) => other !== node);
      await net.blocks(2, others);
      await net.start(node);
      await net.blocks(1);
      net.say(`${node} is back`);
    }
    const agreed = await net.agreement();
    net.expect('went-on', agreed.number >= 3 * net.nodes.length, `all nodes have block ${agreed.number}`);
  },
});
