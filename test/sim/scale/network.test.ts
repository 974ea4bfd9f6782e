import { describe, expect, it } from 'vitest';
import { createChain } from '../../../node/chain/create-chain.ts';
import { createDefaultGenesis } from '../../../node/chain/default-genesis.ts';
import { isGenesisProblem, parseGenesis } from '../../../node/chain/genesis.ts';
import { authorityKeys, DEVELOPMENT_ACCOUNTS } from '../../../node/config/keys.ts';
import { createClique } from '../../../node/consensus/clique/engine.ts';
import { decodeBlockMessage } from '../../../node/core/wire/blocks.ts';
import { createMachine } from '../../../node/evm/create-machine.ts';
import { pop, push } from '../../../node/evm/frame.ts';
import { createInterpreter } from '../../../node/evm/interpreter.ts';
import type { Machine } from '../../../node/evm/machine.ts';
import { alterOpcode } from '../../../node/evm/opcode.ts';
import { installBackends } from '../../../node/host/backends.ts';
import { createRandom } from '../../../node/lib/random.ts';
import { createOverlay } from '../../../node/lib/store.ts';
import { isRejection } from '../../../node/types/rejection.ts';
import { createLedger } from '../../../sim/scale/ledger.ts';
import { createScaleNetwork, type ScaleOptions } from '../../../sim/scale/network.ts';

await installBackends();

const OPTIONS: ScaleOptions = {
  seed: 'scale',
  nodes: 60,
  authorities: 5,
  period: 1,
  transfers: 2,
  attesters: 0,
  machines: [createMachine({ tier: 1 })],
  machineOf: () => 0,
  hopeless: 'dropped',
};

function runFor(seconds: number, options: Partial<ScaleOptions> = {}) {
  const network = createScaleNetwork({ ...OPTIONS, ...options });
  network.run(seconds * 1_000);
  return network.figures();
}

describe('a large network', () => {
  it('makes a block a second, whose transfers are all in the chain, and everybody has the head', () => {
    const { height, blocks, stale, transfers, toHalf, toMost, simulatedMs, agreement, ...figures } = runFor(30);
    expect([simulatedMs, height, blocks - stale, transfers]).toEqual([30_000, 29, 29, 58]);
    expect(toHalf.median).toBeGreaterThan(0);
    expect(toMost.median).toBeGreaterThan(toHalf.median ?? 0);
    expect(agreement.mean).toBeGreaterThan(800);
    expect(figures.spread.offered).toBeGreaterThanOrEqual(blocks * 60 * 8 - 60 * 8);
  });

  it('is the same run for one seed, another for another, and the same whether hopeless sends are queued or not', () => {
    const { digest, ...figures } = runFor(12, { attesters: 4 });
    expect(runFor(12, { attesters: 4 })).toEqual({ digest, ...figures });
    expect(runFor(12, { attesters: 4, seed: 'another' }).digest).not.toBe(digest);
    expect(runFor(12, { attesters: 4, hopeless: 'sent' }).digest).toBe(digest);
    expect(runFor(12).digest).toBe(digest); // attestations decide nothing
  });

  it('is the same run in one piece and in many', () => {
    const network = createScaleNetwork(OPTIONS);
    for (let i = 0; i < 120; i++) network.run(100);
    expect(network.figures()).toEqual(runFor(12));
  });

  it('splits under a cut and agrees again after it', () => {
    const network = createScaleNetwork(OPTIONS);
    network.run(5_000);
    network.cut((node) => (node < 3 || node % 2 === 0 ? 0 : 1)); // three authorities on one side, two on the other
    network.run(10_000);
    expect(network.headOf(0)).not.toBe(network.headOf(3));
    const split = network.figures();
    expect(split.agreement.now).toBeLessThan(700);
    network.cut(null);
    network.run(4_900); // just before the next block
    expect(network.headOf(0)).toBe(network.headOf(3));
    const healed = network.figures();
    expect(healed.agreement.now).toBe(1_000);
    expect(healed.height).toBeGreaterThan(split.height);
    expect(healed.reorganisations).toBeGreaterThan(split.reorganisations);
  });

  it('executes a block as often for 60 nodes as for 6: to build it, and to judge it', () => {
    const executions = (nodes: number): number => {
      const real = createMachine({ tier: 1 });
      let transactions = 0;
      const machine: Machine = {
        execute(environment, message) {
          transactions += 1;
          return real.execute(environment, message);
        },
      };
      const { blocks } = runFor(10, { nodes, machines: [machine] });
      return transactions / blocks;
    };
    const [few, many] = [executions(6), executions(60)];
    expect(many).toBe(few);
    expect(many).toBe(2 * (4 + OPTIONS.transfers)); // the system contracts' calls and the transfers
  });

  it('refuses blocks on nodes whose machine computes something else, and their attestations differ', () => {
    // The contract that keeps the beacon roots (EIP-4788) is called in every block, and stores the time.
    const wrong = createInterpreter({
      opcodes: (table) =>
        alterOpcode(table, 'TIMESTAMP', ({ run }) => ({
          run(frame) {
            run(frame);
            push(frame, pop(frame) + 1n);
          },
        })),
    });
    const machines = [...OPTIONS.machines, wrong];
    const figures = runFor(9.9, { machines, machineOf: (node) => (node >= 55 ? 1 : 0), attesters: 30 });
    expect(figures.attestations.differing).toBeGreaterThan(0);
    expect(figures.attestations.agreeing).toBeGreaterThan(figures.attestations.differing);
    expect(figures.agreement.now).toBe(916); // 55 of 60: the five stay with the genesis
    expect(runFor(10, { attesters: 30 }).attestations.differing).toBe(0);
  });

  it('has as many attestations as were asked for, each heard by every peer of its node', () => {
    const { attestations, blocks } = runFor(10, { nodes: 9, attesters: 3 });
    expect(attestations.signed).toBeLessThanOrEqual(3 * blocks);
    expect(attestations.signed).toBeGreaterThan(3 * (blocks - 2)); // the last blocks are still on their way
    expect(attestations.heard).toBeGreaterThan(8 * (attestations.signed - 6));
    expect(attestations.agreeing).toBe(attestations.heard);
  });
});

describe('the blocks of a large network', () => {
  it('are taken by a node, with the same roots', () => {
    const authorities = authorityKeys('ledger', 3);
    const [machine] = OPTIONS.machines;
    const machines = [machine as Machine];
    const ledger = createLedger({ authorities, period: 1, machines, transfers: 3 });
    const made = [0, 1, 2, 0, 1].map((authority, index) =>
      ledger.seal({ parent: index, authority: (authority + 1) % 3, machine: 0, timestamp: 1_800_000_000 + index }),
    );
    const genesis = parseGenesis(
      createDefaultGenesis({
        signers: authorities.map(({ signer }) => signer),
        period: 1,
        accounts: DEVELOPMENT_ACCOUNTS.map(({ address }) => address),
      }),
    );
    if (isGenesisProblem(genesis) || genesis.config.clique === null) throw new Error('no genesis');
    const chain = createChain({
      genesis,
      engine: createClique(genesis.config.clique),
      machine: createMachine({ tier: 0 }),
      overlay: createOverlay({ get: () => undefined }),
      gasLimitTarget: genesis.gasLimit,
      random: createRandom('chain'),
    });
    for (const { message, hash, results, transfers } of made) {
      const block = decodeBlockMessage(Uint8Array.from(message));
      if (isRejection(block)) throw new Error(block.message);
      const outcome = chain.importBlock(block, 1_800_000_100_000);
      expect(outcome).toMatchObject({
        kind: 'imported',
        entry: { hash },
        result: { stateRoot: results[0]?.stateRoot },
      });
      expect([block.transactions.length, transfers]).toEqual([3, 3]);
    }
    expect(chain.head().header.number).toBe(5);
  });

  it('are compared as a node compares them: of two children the one in turn wins', () => {
    const ledger = createLedger({ ...OPTIONS, authorities: authorityKeys('ledger', 3), machines: OPTIONS.machines });
    const inTurn = ledger.seal({ parent: 0, authority: 1, machine: 0, timestamp: 1_800_000_000 });
    const outOfTurn = ledger.seal({ parent: 0, authority: 2, machine: 0, timestamp: 1_800_000_000 });
    expect(ledger.compare(inTurn.id, outOfTurn.id)).toBeLessThan(0);
    expect(ledger.compare(outOfTurn.id, inTurn.id)).toBeGreaterThan(0);
    expect(inTurn.results[0]?.stateRoot).not.toBe(outOfTurn.results[0]?.stateRoot); // each pays its own sealer
  });
});
