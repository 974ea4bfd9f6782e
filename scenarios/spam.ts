// One signer sends bytes of all kinds to everybody, all the time: messages that are none, requests that mean nothing, sealed blocks on parents
// that nobody has. What it sends is refused with a reason, what must be held is held within bounds, and the network goes on.

import { scenario } from '../sim/cluster/scenario.ts';

const CORRECT = ['n1', 'n3', 'n4', 'n5', 'f1'];

export default scenario({
  name: 'spam',
  title: 'one node sends nonsense, and the others keep their bounds',
  network: { authorities: 5, followers: 1, period: 1, faults: { n2: 'spammer' } },
  load: { everyMs: 300 },
  async play(net) {
    await net.height(3, CORRECT);
    await net.blocks(10, CORRECT);
    const refused = net
      .seen()
      .filter((o) => o.kind === 'event' && o.node === 'n1' && o.event.kind === 'rejected').length;
    net.expect('refused', refused >= 20, `n1 has refused ${refused} messages`);
    const payment = await net.transfer('n1', { from: 2, to: 3, wei: 1_000n });
    await net.mined(payment, CORRECT);
  },
});
