// How fast virtual time passes: networks of 4 and 50 nodes on the virtual arm under a light load, with the backends that processes use.

import { installBackends } from '../../node/host/backends.ts';
import { assert } from '../../node/lib/assert.ts';
import { DEFAULT_PLAN } from '../../sim/cluster/description.ts';
import { startLoad } from '../../sim/cluster/load.ts';
import { createVirtualCluster } from '../../sim/cluster/virtual.ts';
import { median, type Report, rounded } from './report.ts';

/** Simulated milliseconds that are measured, after so many that warm up. Large networks take longer, so less of them is measured. */
const SIZES = [
  { nodes: 4, warmUpMs: 60_000, measuredMs: 120_000 },
  { nodes: 50, warmUpMs: 5_000, measuredMs: 15_000 },
] as const;
const ROUNDS = 3;
/** Two transfers a second. */
const LOAD_EVERY_MS = 500;

/** Measures both sizes. */
export async function measureSimulation(report: Report): Promise<void> {
  await installBackends();
  const speeds: number[] = [];
  for (const size of SIZES) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await simulate(size, round));
    const speed = median(rounds.map(({ simulatedPerReal }) => simulatedPerReal));
    const middle = rounds.find(({ simulatedPerReal }) => simulatedPerReal === speed);
    report.row({ name: `${size.nodes} nodes`, ...middle, rounds: rounds.length });
    speeds.push(speed);
  }
  const [small = 0, large = 0] = speeds;
  report.finish({ realTimeOf4Nodes: small, realTimeOf50Nodes: large, slowerBy: rounded(small / large) });
}

type Speed = { readonly simulatedPerReal: number; readonly blocks: number; readonly transfers: number };

async function simulate(size: (typeof SIZES)[number], round: number): Promise<Speed> {
  const { nodes, warmUpMs, measuredMs } = size;
  const cluster = createVirtualCluster({ ...DEFAULT_PLAN, authorities: nodes, followers: 0, seed: `bench/${round}` });
  const load = startLoad(cluster, { everyMs: LOAD_EVERY_MS });
  const heightOf = async (): Promise<number> => Number(await cluster.rpc('n1', 'eth_blockNumber', []));
  const pass = async (ms: number): Promise<void> => {
    await cluster.until(() => false, ms);
  };
  await pass(warmUpMs);
  const [firstHeight, firstSent] = [await heightOf(), load.sent()];
  const beganMs = performance.now();
  await pass(measuredMs);
  const tookMs = performance.now() - beganMs;
  const blocks = (await heightOf()) - firstHeight;
  const transfers = load.sent() - firstSent;
  load.stop();
  await cluster.close();
  assert(blocks > 0 && transfers > 0, `${nodes} nodes made ${blocks} blocks and sent ${transfers} transfers`);
  return { simulatedPerReal: rounded(measuredMs / tookMs), blocks, transfers };
}
