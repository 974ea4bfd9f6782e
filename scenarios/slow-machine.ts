// One signer needs most of a period for every block that it executes. It follows at a distance; what it seals comes late, and often another's
// block has won by then. Nobody waits for it.

import { scenario } from '../sim/cluster/scenario.ts';

const OTHERS = ['n1', 'n2', 'n4', 'n5', 'f1'];

export default scenario({
  name: 'slow-machine',
  title: 'a machine that needs most of a period for a block',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 300 },
  async play(net) {
    await net.height(3);
    await net.machine({ kind: 'slow', node: 'n3', msPerBlock: 800 });
    await net.blocks(12, OTHERS);
    const { number } = await net.agreement(OTHERS);
    await net.machine({ kind: 'repair' });
    const agreed = await net.agreement(net.nodes, number);
    net.expect('caught-up', true, `all nodes have block ${agreed.number}`);
  },
});
