// A side of the comparison: something that executes a call in the world. Our tiers are here; the peers are in evm-peers.ts.

import { simulateCall } from '../../node/chain/transition.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import { createFlatState } from '../../node/state/flat-state.ts';
import { createJournal } from '../../node/state/journal.ts';

import { isRejection } from '../../node/types/rejection.ts';
import type { Address } from '../../node/types/transaction.ts';
import { BLOCK } from '../evm/run.ts';
import { CALL_GAS, CALLER, METER, type Metered, meteredInput, readMetered, type World } from './evm-world.ts';

/** A call's result and time. `logs` and `refund` are null where the side does not tell them. */
export type Measured = Metered & {
  readonly logs: number | null;
  readonly refund: number | null;
  /** Of the process that executes: this one, or anvil's. */
  readonly cpuMs: number;
  readonly wallMs: number;
};

/** What is called, and the accounts that it needs. */
export type Target = { readonly entry: Address; readonly accounts: World };

/** Every call begins cold, with the same state, and nothing of what it changed is kept. */
export type Side = {
  readonly name: string;
  /** Calls a program through the meter. */
  readonly call: (target: Target, input: Uint8Array) => Promise<Measured>;
  readonly close: () => Promise<void>;
};

const BLOBS = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 };

/** What a node's eth_call does: a journal over the flat view of the head, which reads the trie where it does not know. */
export function createTierSide(name: string, machine: Machine, world: World): Side {
  const { root, writes } = createStateFromAlloc(world);
  const store = new Map(writes.map(({ key, value }) => [key, present(value, 'what is written first')]));
  const view = createFlatState(store, root).view(root);
  const call = { from: CALLER, to: METER, value: 0n, gas: CALL_GAS, gasPrice: 0n } as const;
  const lists = { accessList: [], blobVersionedHashes: [], authorizationList: [] };
  return {
    name,
    async call(target, input) {
      const data = meteredInput(target.entry, input);
      const clock = startClock();
      const journal = createJournal(view);
      const outcome = simulateCall(
        {
          fork: 'Osaka',
          blobs: BLOBS,
          chainId: BLOCK.chainId,
          machine,
          journal,
          block: BLOCK,
          gasAvailable: CALL_GAS,
          blobGasAvailable: 0,
          stepBudget: null,
        },
        { ...call, ...lists, data },
      );
      const time = clock();
      assert(!isRejection(outcome) && outcome.status === 1, `${name} did not execute a call`);
      return { ...readMetered(outcome.output), logs: outcome.logs.length, refund: journal.refund(), ...time };
    },
    close: async () => {},
  };
}

/** Starts to measure this process; the function that it returns tells what has passed. */
export function startClock(): () => { readonly cpuMs: number; readonly wallMs: number } {
  const began = process.cpuUsage();
  const beganMs = performance.now();
  return () => {
    const wallMs = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(began);
    return { cpuMs: (user + system) / 1000, wallMs };
  };
}
