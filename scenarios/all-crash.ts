// Every node dies at the same moment, with transactions accepted and not yet mined. What was sealed was durable before it was told, and so
// was what was accepted: the network comes back where it stood, seals nothing twice, and mines what it owes.

import { scenario } from '../sim/cluster/scenario.ts';

export default scenario({
  name: 'all-crash',
  title: 'everybody dies at once, and nothing is lost',
  network: { authorities: 5, followers: 1, period: 1 },
  load: { everyMs: 500 },
  async play(net) {
    await net.height(5);
    const before = await net.agreement();
    const owed = [];
    for (const node of ['n1', 'n3', 'f1']) owed.push(await net.transfer(node, { from: 1 + owed.length, to: 0 }));
    for (const node of net.nodes) await net.kill(node);
    net.say(`all nodes were killed above block ${before.number}`);
    for (const node of net.nodes) await net.start(node);
    for (const hash of owed) await net.mined(hash);
    const after = await net.agreement(net.nodes, before.number);
    net.expect('same-chain', after.hash === before.hash, `block ${before.number} is ${after.hash} before and after`);
  },
});
