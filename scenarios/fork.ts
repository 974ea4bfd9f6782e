// Two sealers at one height. The network is cut for a moment between n1,n3 and the others; both sides seal a block on the same parent,
// and for that moment there are two truths. When the cut heals, the same rule on every node chooses the same one: the heavier chain, then
// the shorter, then the longest wait of its sealer, then the lower hash (EIP-3436). Nobody has to ask anybody.

import { scenario } from '../sim/cluster/scenario.ts';

const MINORITY = ['n1', 'n3'];
const MAJORITY = ['n2', 'n4', 'n5', 'f1'];

export default scenario({
  name: 'fork',
  title: 'two sealers at one height, and the rule that chooses',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.height(5);
    await net.partition(MINORITY, MAJORITY);
    // A hash of either side that stands at one and the same height, sealed while the other side could not hear it.
    const sealedBy = (side: readonly string[]): ReadonlyMap<number, string> =>
      new Map(
        net.seen().flatMap((o) => {
          if (o.kind !== 'event' || o.event.kind !== 'sealed' || !side.includes(o.node)) return [];
          return [[o.event.block.number, o.event.block.hash] as const];
        }),
      );
    await net.event('two blocks at one height', (o) => {
      if (o.kind !== 'event' || o.event.kind !== 'sealed') return false;
      const { number, hash } = o.event.block;
      const other = sealedBy(MINORITY.includes(o.node) ? MAJORITY : MINORITY).get(number);
      return other !== undefined && other !== hash;
    });
    net.say('two blocks stand at one height: a fork');
    await net.heal();
    await net.blocks(3);
    const agreed = await net.agreement();
    net.expect('one-branch', true, `all nodes chose ${agreed.hash} at height ${agreed.number}`);
  },
});
