// A signer loses its store. It may have forgotten what it has sealed, and a second block on the same parent would look like double sealing:
// so it pulls the chain, executes all of it, and seals again only when enough further blocks have passed.

import { scenario } from '../sim/cluster/scenario.ts';

const WIPED = 'n2';

export default scenario({
  name: 'wiped-node',
  title: 'a signer without a memory waits before it seals',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.height(6);
    await net.wipe(WIPED);
    await net.start(WIPED);
    const isHeldBack = await net.event(`${WIPED} to be held back`, (o) => {
      return o.kind === 'event' && o.node === WIPED && o.event.kind === 'sealing' && o.event.reason === 'fresh-store';
    });
    const sealed = await net.event(`${WIPED} to seal again`, (o) => {
      return o.kind === 'event' && o.node === WIPED && o.event.kind === 'sealed' && o.atMs > isHeldBack.atMs;
    });
    if (sealed.kind !== 'event' || sealed.event.kind !== 'sealed') return;
    net.expect('seals-again', true, `${WIPED} seals block ${sealed.event.block.number}`);
    await net.agreement(net.nodes, sealed.event.block.number);
  },
});
