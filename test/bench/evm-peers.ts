// The peers that our tiers are compared with: @ethereumjs/evm, and anvil's eth_call over HTTP.

import { createBlock } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM, type EVM } from '@ethereumjs/evm';
import { SimpleStateManager } from '@ethereumjs/statemanager';
import { createAccount, createAddressFromString } from '@ethereumjs/util';
import { assert, present } from '../../node/lib/assert.ts';
import { bytesToHex, hexToBytes, quantity, wordToBytes, wordToHex } from '../../node/lib/bytes.ts';
import { BLOCK } from '../evm/run.ts';
import { createProcessClock, endProcess, startAnvil } from './anvil.ts';
import { type Call, callBatch } from './batch-client.ts';
import { type Side, startClock, type Target } from './evm-side.ts';
import { CALL_GAS, CALLER, METER, meteredInput, readMetered, SURROUNDINGS, type World } from './evm-world.ts';

/**
 * @ethereumjs/evm with the state manager that it has by default, which copies all state at every call: so each program has a state of its
 * own, with nothing else in it. (Its Merkle state manager writes the trie at every SSTORE, cached or not, and is slower by far.)
 */
export async function createEthereumjsSide(): Promise<Side> {
  const evms = new Map<Target, Promise<EVM>>();
  const evmOf = (target: Target): Promise<EVM> => {
    const known = evms.get(target) ?? createEthereumjs(new Map([...SURROUNDINGS, ...target.accounts]));
    evms.set(target, known);
    return known;
  };
  const block = createBlock(
    {
      header: {
        number: BLOCK.number,
        timestamp: BLOCK.timestamp,
        gasLimit: BLOCK.gasLimit,
        baseFeePerGas: BLOCK.baseFee,
      },
    },
    { common: COMMON },
  );
  const message = {
    caller: createAddressFromString(CALLER),
    to: createAddressFromString(METER),
    gasLimit: BigInt(CALL_GAS),
    block,
  };
  return {
    name: 'ethereumjs',
    async call(target, input) {
      const evm = await evmOf(target);
      const data = meteredInput(target.entry, input);
      const clock = startClock();
      await evm.stateManager.checkpoint();
      const { execResult } = await evm.runCall({ ...message, data });
      const time = clock();
      await evm.stateManager.revert();
      evm.stateManager.originalStorageCache.clear();
      evm.transientStorage.clear();
      evm.journal.cleanJournal();
      const { returnValue, logs = [], gasRefund = 0n, exceptionError } = execResult;
      assert(exceptionError === undefined, `ethereumjs: ${exceptionError?.error}`);
      return { ...readMetered(returnValue), logs: logs.length, refund: Number(gasRefund), ...time };
    },
    close: async () => {},
  };
}

const COMMON = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka });

async function createEthereumjs(world: World): Promise<EVM> {
  const stateManager = new SimpleStateManager({ common: COMMON });
  for (const [address, { nonce, balance, code, storage }] of world) {
    const place = createAddressFromString(address);
    await stateManager.putAccount(place, createAccount({ nonce, balance }));
    if (code.length > 0) await stateManager.putCode(place, code);
    for (const [slot, value] of storage) await stateManager.putStorage(place, wordToBytes(slot), wordToBytes(value));
  }
  return createEVM({ common: COMMON, stateManager });
}

/** Requests of one batch: some megabytes at most. */
const BATCH = 50;

/** anvil with its gas limits out of the way. */
export async function createAnvilSide(world: World): Promise<Side> {
  const { process: child, url } = await startAnvil([
    '--hardfork',
    'osaka',
    '--no-mining',
    '--gas-limit',
    String(CALL_GAS * 2),
  ]);
  const cpuMs = createProcessClock(present(child.pid, 'a process'));
  try {
    await fill(url, world);
  } catch (error) {
    await endProcess(child);
    throw error;
  }
  return {
    name: 'anvil',
    async call(target, input) {
      const request: Call = [
        'eth_call',
        { from: CALLER, to: METER, gas: quantity(CALL_GAS), data: bytesToHex(meteredInput(target.entry, input)) },
        'latest',
      ];
      const before = cpuMs();
      const clock = startClock();
      const [answer] = await callBatch(url, [request]);
      const { wallMs } = clock();
      const after = cpuMs();
      assert(answer !== undefined && 'result' in answer, `anvil: ${JSON.stringify(answer)}`);
      const metered = readMetered(hexToBytes(String(answer.result)));
      const spent = before === null || after === null ? wallMs : after - before;
      return { ...metered, logs: null, refund: null, cpuMs: spent, wallMs };
    },
    close: () => endProcess(child),
  };
}

/** Puts the world into anvil's state. */
async function fill(url: string, world: World): Promise<void> {
  const calls = [...world].flatMap(([address, { nonce, balance, code, storage }]): Call[] => [
    ['anvil_setBalance', address, quantity(balance)],
    ['anvil_setNonce', address, quantity(nonce)],
    ['anvil_setCode', address, bytesToHex(code)],
    ...[...storage].map(([slot, value]): Call => ['anvil_setStorageAt', address, quantity(slot), wordToHex(value)]),
  ]);
  for (let at = 0; at < calls.length; at += BATCH)
    for (const answer of await callBatch(url, calls.slice(at, at + BATCH)))
      assert('result' in answer, `anvil: ${JSON.stringify(answer)}`);
}
