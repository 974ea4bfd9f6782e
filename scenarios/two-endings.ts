// One past, two futures. Four authorities that may seal whenever they like (the rule of recents is off) are cut in two, and the same money is
// spent on both sides. Then the story splits: in one ending n4 falls asleep, so that the left side's chain becomes the heavier one; in the
// other n1 does, and the right side's does. Which of the two payments was ever made is decided by who slept, after both were confirmed.
// The simulator plays the beginning once, and each ending on a branch of it: the same past to the last byte.

import { type Stage, scenario } from '../sim/cluster/scenario.ts';

const LEFT = ['n1', 'n2'];
const RIGHT = ['n3', 'n4'];
/** Development account 2, which pays account 3 on the left and account 4 on the right, with one nonce. */
const PAYER = 2;
const PAID = { left: 3, right: 4 } as const;
const WEI = 1_000n;
/** With both sealers awake a side gains one difficulty in four blocks on the other: enough for a clear lead. */
const LEAD_BLOCKS = 16;

export default scenario({
  name: 'two-endings',
  title: 'one past, two futures: who sleeps after the cut decides which payment was made (simulator)',
  network: { authorities: 4, followers: 0, period: 1, signerLimit: 1 },
  load: null,
  async play(net) {
    await net.blocks(4);
    await net.agreement();
    await net.partition(LEFT, RIGHT);
    const left = await net.transfer('n1', { from: PAYER, to: PAID.left, wei: WEI });
    const right = await net.transfer('n3', { from: PAYER, to: PAID.right, wei: WEI });
    await net.mined(left, LEFT);
    await net.mined(right, RIGHT);
    net.say('both payments are confirmed, each on its side; here the story splits');
  },
  endings: {
    'n4 sleeps': (net) => decide(net, { sleeper: 'n4', winner: 'left', side: LEFT }),
    'n1 sleeps': (net) => decide(net, { sleeper: 'n1', winner: 'right', side: RIGHT }),
  },
});

async function decide(
  net: Stage,
  { sleeper, winner, side }: { sleeper: string; winner: 'left' | 'right'; side: readonly string[] },
): Promise<void> {
  await net.pause(sleeper);
  await net.blocks(LEAD_BLOCKS, side);
  await net.resume(sleeper);
  await net.heal();
  await net.blocks(2);
  await net.agreement();
  const loser = winner === 'left' ? 'right' : 'left';
  for (const node of net.nodes) {
    const [won, lost] = await Promise.all(
      [winner, loser].map((which) => receivedBy(net, node, which as keyof typeof PAID)),
    );
    net.expect(
      `${winner}-payment`,
      won === WEI && lost === 0n,
      `${node}: ${winner} has ${won} wei more, ${loser} ${lost}`,
    );
  }
}

/** What an account has beyond what the genesis gave it. */
async function receivedBy(net: Stage, node: string, which: keyof typeof PAID): Promise<bigint> {
  const address = ADDRESSES[which];
  const at = async (block: string): Promise<bigint> =>
    BigInt(String(await net.rpc(node, 'eth_getBalance', address, block)));
  return (await at('latest')) - (await at('earliest'));
}

/** Development accounts 3 and 4. */
const ADDRESSES = {
  left: '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
  right: '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65',
} as const;
