// One node's virtual machine has a bug: its SDIV rounds down instead of towards zero. Nothing happens for a long time, until a contract
// divides a negative number. Every node signs what it computed for every block, so at that block the others see another root under n4's
// name, say so, and go on without it: a wrong result is visible, and never accepted by a correct node. Where it went wrong, down to the
// instruction, says `lockstep explain`: on a network that was started with `up --fault n4=sdiv-rounds-down`, or on a recording of this story
// (`run faulty-vm --on processes --record DIR`, then `explain DIR`).

import { scenario } from '../sim/cluster/scenario.ts';
import { SIGNED_DIVISION } from './contracts/signed-division.ts';

const FAULTY = 'n4';
const CORRECT = ['n1', 'n2', 'n3', 'n5', 'f1'];

export default scenario({
  name: 'faulty-vm',
  title: 'one machine divides wrongly, and is named within a block',
  network: { authorities: 5, followers: 1, period: 1, faults: { [FAULTY]: 'sdiv-rounds-down' } },
  load: { everyMs: 1_000 },
  async play(net) {
    await net.blocks(3);
    const creation = await net.transact('n1', { from: 0, to: null, data: SIGNED_DIVISION, gas: 200_000 });
    const created = await net.mined(creation);
    net.say(`the contract stands in block ${created.number}; all six nodes still agree`);
    const receipt = (await net.rpc('n1', 'eth_getTransactionReceipt', creation)) as { contractAddress: string };

    const call = await net.transact('n1', { from: 0, to: receipt.contractAddress, data: '0x', gas: 100_000 });
    // Two who differ accuse each other; from three on, the culprit is who stands alone with its root.
    const seen = await net.event('three nodes have spoken, and do not agree', (o) => {
      const isNamed = o.kind === 'event' && CORRECT.includes(o.node) && o.event.kind === 'divergence';
      return isNamed && o.event.results.length >= 3;
    });
    const divided = await net.mined(call, CORRECT);
    if (seen.kind !== 'event' || seen.event.kind !== 'divergence') return;
    const { block, results } = seen.event;
    const supporters = (root: string): number => results.filter((r) => r.stateRoot === root).length;
    const alone = results.filter((r) => supporters(r.stateRoot) === 1).map((r) => r.node);
    net.expect(
      'named',
      alone.length === 1 && alone[0] === FAULTY,
      `${seen.node} sees ${alone.join(' and ')} alone with its root at block ${block.number}, among ${results.length} nodes`,
    );
    net.expect(
      'within-one-block',
      Math.abs(block.number - divided.number) <= 1,
      `the call is in block ${divided.number}, the divergence at ${block.number}`,
    );

    await net.blocks(3, CORRECT);
    const agreed = await net.agreement(CORRECT);
    net.expect('others-agree', true, `${CORRECT.join(', ')} agree on ${agreed.stateRoot} at height ${agreed.number}`);
    const slot = await net.rpc(
      'n1',
      'eth_getStorageAt',
      receipt.contractAddress,
      '0x0',
      `0x${agreed.number.toString(16)}`,
    );
    net.expect('right-quotient', slot === MINUS_THREE, `-7 / 2 = ${slot} on the correct nodes`);
  },
});

/** -3 as a word of 256 bits. */
const MINUS_THREE = `0x${'f'.repeat(63)}d`;
