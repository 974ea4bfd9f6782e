// One node is heard by everybody and hears nobody. It has no way to know: it seals once more on what it last saw, then waits for blocks that
// never come, while its own reach the others. The others go on without noticing; when the way opens it catches up.

import { scenario } from '../sim/cluster/scenario.ts';

const DEAF = 'n3';
const OTHERS = ['n1', 'n2', 'n4', 'n5', 'f1'];

export default scenario({
  name: 'one-way-cut',
  title: 'a node that is heard and hears nothing',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.height(4);
    for (const other of OTHERS) await net.linkOneWay(other, DEAF, { state: 'stalled' });
    await net.blocks(8, OTHERS);
    const heights = await Promise.all([DEAF, 'n1'].map(async (node) => Number(await net.rpc(node, 'eth_blockNumber'))));
    const [deaf = 0, hearing = 0] = heights;
    net.expect('left-behind', deaf + 4 <= hearing, `${DEAF} stands at ${deaf}, the others at ${hearing}`);
    await net.heal();
    await net.blocks(2, [DEAF]);
    await net.agreement();
  },
});
