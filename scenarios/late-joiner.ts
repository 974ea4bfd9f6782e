// A node comes to the network when the chain is long already. It pulls the blocks from its peers in ranges, and believes none of them:
// it executes every block from the genesis on and compares every root itself.

import { scenario } from '../sim/cluster/scenario.ts';

const LATE = 'f1';
const EARLY = ['n1', 'n2', 'n3', 'n4', 'n5'];

export default scenario({
  name: 'late-joiner',
  title: 'a node joins late and executes the whole chain',
  network: { authorities: 5, followers: 1, period: 1, late: [LATE] },
  load: { everyMs: 400 },
  async play(net) {
    await net.height(20, EARLY);
    await net.start(LATE);
    await net.height(21, [LATE]);
    const executed = net
      .seen()
      .filter((o) => o.kind === 'event' && o.node === LATE && o.event.kind === 'executed').length;
    net.expect('executed-all', executed >= 20, `${LATE} executed ${executed} blocks itself`);
    const agreed = await net.agreement(net.nodes, 20);
    net.expect('same-root', true, `all nodes have root ${agreed.stateRoot} at height 20`);
  },
});
