// Networks with nothing wrong raise no alarm: nobody sees a divergence, nobody keeps a block, and the explanation says that there is nothing.

import { expect, it } from 'vitest';
import { agreementOf, deploy, open } from './network.ts';
import { EXPECTED } from './probe.ts';

/** LOCKSTEP_CLEAN_SEEDS=1000 looks at more, LOCKSTEP_CLEAN_FROM=250 at others. */
const SEEDS = Number(process.env['LOCKSTEP_CLEAN_SEEDS'] ?? 6);
const FROM = Number(process.env['LOCKSTEP_CLEAN_FROM'] ?? 0);
const NODES = ['n1', 'n2', 'n3'];

it(`${SEEDS} clean networks raise no alarm`, { timeout: 3_600_000 }, async () => {
  const alarms: string[] = [];
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const played = open({}, { authorities: 3, seed: `clean ${seed}`, tier: seed % 2 === 0 ? 1 : 0 });
    const { cluster, net } = played;
    cluster.observe((o) => {
      if (o.kind === 'event' && (o.event.kind === 'divergence' || (o.event.kind === 'executed' && !o.event.agrees)))
        alarms.push(`seed ${seed}: ${o.node} ${o.event.kind} ${o.event.block.number}`);
    });
    const contract = await deploy(played, NODES);
    for (const { data } of Object.values(EXPECTED)) await net.transact('n2', { to: contract, data, gas: 200_000 });
    if (seed % 3 === 0) {
      await net.partition(['n1'], ['n2', 'n3']);
      await net.blocks(1, ['n2', 'n3']);
      await net.heal();
    }
    await net.blocks(2);
    const found = await agreementOf(played);
    if (found.claims.length > 0) alarms.push(`seed ${seed}: a block that nobody takes`);
    expect(found.height).toBeGreaterThan(3);
    await cluster.close();
  }
  expect(alarms).toEqual([]);
});
