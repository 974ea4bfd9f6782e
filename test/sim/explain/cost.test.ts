import { expect, it } from 'vitest';
import { deploy, explanationOf, open } from './network.ts';
import { EXPECTED } from './probe.ts';

/** LOCKSTEP_LONG_CHAIN=1002 is what the documentation has figures of. */
const LONG = Number(process.env['LOCKSTEP_LONG_CHAIN'] ?? 152);
const OTHERS = ['n1', 'n2', 'n3', 'n5'];

/** Two branches, one of which has the wrong block, on a chain of some height: what it takes to explain them. */
async function costAt(height: number) {
  const played = open({ n4: 'clz-counts-from-zero' });
  const { net } = played;
  const contract = await deploy(played, OTHERS);
  await net.height(height);
  await net.partition(['n4'], OTHERS);
  const data = EXPECTED['clz-counts-from-zero']!.data;
  const hash = await net.transact('n4', { to: contract, data, gas: 200_000 });
  const isSealed = (o: Parameters<Parameters<typeof net.event>[1]>[0]): boolean =>
    o.kind === 'event' &&
    o.node === 'n4' &&
    o.event.kind === 'transaction' &&
    o.event.fate === 'mined' &&
    o.event.hash === hash;
  await net.event('n4 to seal it', isSealed);
  await net.blocks(3, OTHERS);
  const cpu = process.cpuUsage();
  const found = await explanationOf(played, ['n1', 'n4']);
  const { user, system } = process.cpuUsage(cpu);
  expect(found.part?.transaction?.hash).toBe(hash);
  return {
    height: found.block.number,
    questions: found.questions,
    compared: found.common.compared,
    ms: (user + system) / 1_000,
  };
}

it('takes a few questions more for a chain many times as long, and no more of them for the rest', {
  timeout: 120_000,
}, async () => {
  const [short, long] = [await costAt(12), await costAt(LONG)];
  if (process.env['LOCKSTEP_LONG_CHAIN'] !== undefined) console.log(JSON.stringify([short, long]));
  expect(long.height).toBeGreaterThan(LONG);
  expect(long.compared).toBeLessThanOrEqual(Math.ceil(Math.log2(long.height + 2)) + 1);
  expect(long.questions - short.questions).toBeLessThanOrEqual(4 * (long.compared - short.compared));
});
