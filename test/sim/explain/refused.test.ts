import { expect, it } from 'vitest';
import { createInterpreter } from '../../../node/evm/interpreter.ts';
import type { Machine } from '../../../node/evm/machine.ts';
import { blockHash } from '../../../node/types/block.ts';
import { transactionHash } from '../../../node/types/transaction.ts';
import { viewAccess } from '../../../sim/explain/access.ts';
import { explain } from '../../../sim/explain/explain.ts';
import { tellExplanation } from '../../../sim/explain/story.ts';
import { createNet } from '../../core/harness.ts';
import { SINK, transfer, transferBytes } from '../../core/transfers.ts';

const RIGHT = createInterpreter();

/** A machine that takes from who gives to the sink all the rest, so that the same sender's next transaction is not valid. */
const TAKING: Machine = {
  execute(environment, message) {
    const result = RIGHT.execute(environment, message);
    const { journal } = environment;
    if (message.kind === 'call' && message.to === SINK)
      journal.subtractBalance(message.caller, journal.balance(message.caller));
    return result;
  },
};

it('a machine that does not come to the end of a block is explained at the transaction that went wrong before', async () => {
  const net = createNet({ followers: 1, machine: (name) => (name === 'f1' ? TAKING : RIGHT) });
  net.start(...net.names);
  net.run(5_100);
  for (const nonce of [0, 1]) net.ask('n1', { kind: 'submit-transaction', bytes: transferBytes(nonce) });
  net.run(6_300);
  expect(net.view('f1').retraces.mismatches()).toEqual([]);
  const head = net.view('f1').head.header.number;
  const refused = net.view('n1').blockByHash(net.view('n1').canonicalHash(head + 1)!)!;
  expect(refused.transactions.length).toBe(2);

  const nodes = ['n1', 'n2', 'f1'].map((name) => viewAccess(name, () => net.view(name)));
  const found = await explain(nodes, { genesis: null, sealers: new Map(), contracts: [], witness: null });
  if (!('explanation' in found)) throw new Error('no divergence was found');
  const { explanation } = found;
  expect(explanation.block).toMatchObject({ number: head + 1, hash: blockHash(refused) });
  expect(explanation).toMatchObject({ culprits: ['f1'], silent: [], compared: ['n1', 'f1'], repeats: [true, true] });
  expect(explanation.groups[1]).toMatchObject({ nodes: ['f1'], result: null, isClaimed: false });
  expect(explanation.groups[1]?.refusal).toMatch(/^transaction 1 .*insufficient funds/);
  expect(explanation.part).toMatchObject({ part: 0, transaction: { hash: transactionHash(transfer(0)) } });
  expect(explanation.state?.accounts.map(({ fields }) => fields.map(({ field }) => field))).toEqual([['balance']]);
  expect(tellExplanation(explanation).join('\n')).toMatch(/f1 +none, it refuses the block: transaction 1 /);
});
