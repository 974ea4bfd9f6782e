// Nodes die without warning and come back. What a node sealed is durable before anybody hears of it, so that one killed at any moment
// never seals two blocks on one parent; and starting is the same path as starting again: it recovers from whatever its store holds.

import { scenario } from '../sim/cluster/scenario.ts';

export default scenario({
  name: 'crash-restart',
  title: 'nodes are killed and come back, and nobody seals twice',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 500 },
  async play(net) {
    await net.blocks(4);
    for (const node of ['n2', 'f1', 'n4']) {
      await net.kill(node);
      net.say(`${node} was killed`);
      await net.blocks(3);
      await net.start(node);
      await net.blocks(2, [node]);
      net.say(`${node} is back and follows`);
    }
    const agreed = await net.agreement();
    net.expect('all-back', true, `all nodes have block ${agreed.number}`);
  },
});
