// The core's thread: the node core, its store, its keys and the RPC's pure answers. A worker's entry calls `runCoreWorker` with the parts
// it wants; sim/cluster has entries of its own, with faulty machines and byzantine wrappers.

import { randomUUID } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createGenesisBlock, type Genesis, isGenesisProblem, parseGenesis } from '../chain/genesis.ts';
import type { NodeConfig } from '../config/node-config.ts';
import type { Sign } from '../consensus/engine.ts';
import type { Accepted, Ask, LocalId, NodeCore } from '../core/contract.ts';
import { createNode } from '../core/node.ts';
import type { NodeOptions } from '../core/options.ts';
import type { NodeView } from '../core/view.ts';
import type { CountingMachine } from '../evm/create-machine.ts';
import { present } from '../lib/assert.ts';
import { hexToBytes } from '../lib/bytes.ts';
import { addressOfKey, signDigest } from '../lib/signatures.ts';
import type { StoreReader } from '../lib/store.ts';
import { recordedOptions } from '../recording/head.ts';
import { MARK_KEY, type Recorder } from '../recording/recorder.ts';
import { operatorMethods, publicMethods } from '../rpc/method-table.ts';
import { blockHash } from '../types/block.ts';
import type { Rejection } from '../types/rejection.ts';
import { installBackends } from './backends.ts';
import { createDriver, type OuterEffect } from './driver.ts';
import { HostError, messageOf } from './host-error.ts';
import type { NetworkEffect } from './network.ts';
import { createPrimedInputs, submittedTransactions } from './primed-inputs.ts';
import { beginRecording, type HostRecording } from './recording.ts';
import { createRpcGateway } from './rpc-gateway.ts';
import { createSenderPool, startSenderWorker } from './sender-pool.ts';
import { type HostStore, openStore } from './store.ts';
import type {
  CoreQuery,
  CoreReply,
  CoreStatus,
  CoreThreadData,
  EventText,
  FromCore,
  ToCore,
} from './thread-messages.ts';

/** What a node is made of beside its configuration. */
export type CoreParts = {
  readonly machine: CountingMachine;
  /** Makes the core; node/core's createNode where it is absent. A wrapper calls it and stands around it. */
  readonly createCore?: (options: NodeOptions, store: StoreReader) => NodeCore;
  /** Milliseconds since 1970, as the core is told; the system's clock, moved by the configuration's offset, where it is absent. */
  readonly clock?: () => number;
  /** Stands around the store that batches are given to. Reads go past it. */
  readonly wrapStore?: (store: Pick<HostStore, 'persist'>) => Pick<HostStore, 'persist'>;
};

/**
 * Runs a node core in this worker thread until it is told to stop. The parts may depend on the configuration (a planted fault's name), and a
 * machine that is wrong enough to read a clock reads the given one, which a recording takes down. The first message to the parent is `ready`
 * or `failed`.
 */
export async function runCoreWorker(parts: MakeParts): Promise<void> {
  const port = present(parentPort, 'the core runs in a worker thread');
  const post = (message: FromCore, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  try {
    await run(workerData as CoreThreadData, parts, post, (listener) => port.on('message', listener)); // from start.ts, same process
  } catch (error) {
    const code = error instanceof HostError ? error.code : 'unexpected';
    post({ kind: 'failed', code, message: code === 'unexpected' ? stackOf(error) : messageOf(error) });
    port.close();
  }
}

/** Makes the parts of a node; `nowMs` is the machine's clock. */
export type MakeParts = (config: NodeConfig, nowMs: () => number) => CoreParts;

type Post = (message: FromCore, transfer?: readonly ArrayBuffer[]) => void;

async function run(
  data: CoreThreadData,
  parts: MakeParts,
  post: Post,
  listen: (listener: (message: ToCore) => void) => void,
): Promise<void> {
  await installBackends();
  const genesis = readGenesis(data);
  const genesisHash = blockHash(createGenesisBlock(genesis).block);
  const store = await openStore(data.data, genesisHash);
  let readClock = (): number => Date.now();
  const own = parts(data.config, () => readClock());
  const born = bornWith(data.config, genesis);
  const recording = await openRecording(data, born, store);
  if (recording !== null) {
    readClock = recording.recorder.clock(readClock);
    const atMs = Date.now();
    const told = recording.notes.map((message): EventText => {
      return { kind: 'host', atMs, text: JSON.stringify({ kind: 'host', message }) };
    });
    post({ kind: 'events', events: told });
  }
  const core = createCore(born, own, recording?.recorder ?? null, store);

  const asks = new Map<LocalId, (outcome: Accepted | Rejection) => void>();
  let askCount = 0;
  const driver = createDriver({
    core,
    store: own.wrapStore?.(store) ?? store,
    clock: own.clock ?? (() => Date.now() + data.config.clockOffsetMs),
    perform: (effects) => performOuter(effects, asks, post),
    fatal: (error) => post({ kind: 'fatal', message: stackOf(error) }),
  });
  const senders = createSenderPool({ size: availableParallelism() - 1, createWorker: startSenderWorker });
  const inputs = createPrimedInputs({ pool: senders, input: driver.input });
  const ask = (wanted: Ask): Promise<Accepted | Rejection> =>
    new Promise((resolve) => {
      const id = ++askCount;
      asks.set(id, resolve);
      inputs.feed({ kind: 'ask', id, ask: wanted });
    });
  const gateway = (methods: typeof publicMethods) =>
    createRpcGateway({
      methods,
      view: core.view,
      ask,
      prepare: (request) => senders.prime(submittedTransactions(request)),
    });
  const answerRpc = { public: gateway(publicMethods), operator: gateway(operatorMethods) };
  const answer = async (query: CoreQuery): Promise<CoreReply> => {
    switch (query.kind) {
      case 'rpc':
        return { kind: 'rpc', body: await answerRpc[query.caller](query.body) };
      case 'ask':
        return { kind: 'ask', outcome: await ask(query.ask) };
      case 'status':
        return { kind: 'status', status: statusOf(core.view(), own.machine) };
    }
  };

  listen((message) => {
    switch (message.kind) {
      case 'start':
        return driver.start();
      case 'input':
        return inputs.feed(message.input);
      case 'query':
        void answer(message.query).then(
          (reply) => post({ kind: 'reply', id: message.id, reply }, transferOf(reply)),
          (error) => post({ kind: 'fatal', message: stackOf(error) }),
        );
        return;
      case 'stop':
        inputs.stop();
        driver.stop();
        void senders.close();
        recording?.close();
        void store.close().finally(() => post({ kind: 'stopped' }));
    }
  });
  post({ kind: 'ready', genesis: genesisHash });
  flushCompileCache(); // a killed process writes none, and the next start should not strip all types again
}

function readGenesis(data: CoreThreadData): Genesis {
  const genesis = parseGenesis(data.genesis);
  if (!isGenesisProblem(genesis)) return genesis;
  throw new HostError('configuration', `${data.genesisFile}: ${genesis.message}`);
}

/** What the core is told at birth, but for its machine. */
function bornWith(config: NodeConfig, genesis: Genesis): Omit<NodeOptions, 'machine'> {
  const nodeKey = hexToBytes(config.nodeKey);
  const sealerKey = config.sealerKey === null ? null : hexToBytes(config.sealerKey);
  return {
    name: config.name,
    genesis,
    seed: config.seed,
    nodeAddress: addressOfKey(nodeKey),
    signNode: signerOf(nodeKey),
    sealer: sealerKey === null ? null : { address: addressOfKey(sealerKey), sign: signerOf(sealerKey) },
    nodes: config.nodes,
    gasLimitTarget: config.gasLimitTarget,
  };
}

/** Begins to record where the configuration says so. A life that is not recorded leaves a store to which no recording leads any more. */
async function openRecording(
  { config, genesis }: CoreThreadData,
  born: Omit<NodeOptions, 'machine'>,
  store: HostStore,
): Promise<HostRecording | null> {
  const { name, recording, fault, tier, clockOffsetMs } = config;
  if (recording === null) {
    if (store.get(MARK_KEY) !== undefined) await store.persist([{ key: MARK_KEY, value: null }]);
    return null;
  }
  const startedMs = Date.now() + clockOffsetMs;
  const facts = { node: name, startedMs, options: recordedOptions(born), genesis, fault, tier };
  return beginRecording(recording, randomUUID(), facts, store);
}

function createCore(
  born: Omit<NodeOptions, 'machine'>,
  parts: CoreParts,
  recorder: Recorder | null,
  store: HostStore,
): NodeCore {
  const { machine, createCore: create = createNode } = parts;
  if (recorder === null) return create({ ...born, machine }, store);
  const { signNode, sealer } = born;
  const signing = {
    signNode: recorder.sign(signNode),
    sealer: sealer === null ? null : { ...sealer, sign: recorder.sign(sealer.sign) },
  };
  return recorder.core(create({ ...born, ...signing, machine }, store));
}

function signerOf(key: Uint8Array): Sign {
  return (digest) => signDigest(digest, key);
}

function performOuter(
  effects: readonly OuterEffect[],
  asks: Map<LocalId, (outcome: Accepted | Rejection) => void>,
  post: Post,
): void {
  const network: NetworkEffect[] = [];
  const events: EventText[] = [];
  const transfer: ArrayBuffer[] = [];
  const atMs = Date.now(); // the world's time, whatever the core is told: who compares nodes needs one clock
  for (const effect of effects) {
    switch (effect.kind) {
      case 'event':
        events.push({ kind: effect.event.kind, atMs, text: JSON.stringify(effect.event) });
        break;
      case 'answer':
        asks.get(effect.id)?.(effect.outcome);
        asks.delete(effect.id);
        break;
      case 'publish':
      case 'request':
      case 'respond': {
        // The core may keep these bytes, so a copy travels; cloning a view would copy the whole buffer below it.
        const bytes = new Uint8Array(effect.bytes);
        transfer.push(bytes.buffer);
        network.push({ ...effect, bytes });
        break;
      }
      default:
        network.push(effect);
    }
  }
  if (network.length > 0) post({ kind: 'effects', effects: network }, transfer);
  if (events.length > 0) post({ kind: 'events', events });
}

function statusOf(view: NodeView, machine: CountingMachine): CoreStatus {
  const { hash, header } = view.head;
  return {
    name: view.name,
    nowMs: view.nowMs,
    genesis: view.genesisHash,
    head: { hash, number: header.number, stateRoot: header.stateRoot, timestamp: Number(header.timestamp) },
    signer: view.signer,
    sealing: view.sealing,
    halted: view.halted,
    peers: view.peers,
    pooled: view.pool.size,
    rejections: [...view.rejections],
    steps: machine.counts(),
  };
}

function transferOf(reply: CoreReply): readonly ArrayBuffer[] {
  if (reply.kind !== 'rpc' || reply.body === null) return [];
  const { buffer, byteLength } = reply.body;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
