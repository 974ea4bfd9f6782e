// What a recording costs: a network on the virtual arm, each node recorded into a file of its own, beside the same network that is not. In
// processor time, which means the same on a busy machine; both run in turn, and the same load at the same virtual moments reaches both.

import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installBackends } from '../../node/host/backends.ts';
import { assert } from '../../node/lib/assert.ts';
import { recordedOptions } from '../../node/recording/head.ts';
import { createRecorder } from '../../node/recording/recorder.ts';
import { DEFAULT_PLAN } from '../../sim/cluster/description.ts';
import { createVirtualCluster, type NodeParts } from '../../sim/cluster/virtual.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from '../../sim/cluster/wallet.ts';
import { type Report, rounded } from './report.ts';

const NODES = 4;
const WARM_UP_MS = 5_000;
const MEASURED_MS = 10_000;
/** The least of them counts: what other programs do to the caches only adds. */
const ROUNDS = 5;
/** Transfers a second; 8 million gas hold 380. */
const LOADS = [0, 50, 300] as const;
const SENDERS = 10;

/** Measures an idle network and two under load. */
export async function measureRecording(report: Report): Promise<void> {
  await installBackends();
  const ratios: Record<string, number> = {};
  for (const load of LOADS) {
    const raws = signAll(load);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ plain: await simulate(raws, load, 'plain'), recorded: await simulate(raws, load, 'recorded') });
    }
    const plainMs = Math.min(...rounds.map(({ plain }) => plain.cpuMs));
    const recordedMs = Math.min(...rounds.map(({ recorded }) => recorded.cpuMs));
    const kilobytes = Math.min(...rounds.map(({ recorded }) => recorded.bytes / 1_024));
    const seconds = MEASURED_MS / 1_000;
    report.row({
      name: `${load} transfers a second`,
      plainMsPerNodeAndBlock: rounded(plainMs / NODES / seconds),
      recordedMsPerNodeAndBlock: rounded(recordedMs / NODES / seconds),
      kilobytesPerNodeAndSecond: rounded(kilobytes / NODES / seconds),
    });
    ratios[`recordedToPlainAt${load}`] = rounded(recordedMs / plainMs);
  }
  report.finish(ratios);
}

type Cost = { readonly cpuMs: number; readonly bytes: number };

async function simulate(raws: readonly string[], load: number, how: 'plain' | 'recorded'): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const files: number[] = [];
  const parts: NodeParts = {
    wrap(core, options) {
      const file = openSync(join(folder, options.name), 'wx');
      files.push(file);
      const head = { node: options.name, id: options.name, life: 1, startedMs: 0, fault: null, tier: 1, genesis: null };
      const recorder = createRecorder(
        { ...head, store: { kind: 'snapshot', entries: 0 }, options: recordedOptions(options) },
        (bytes) => void writeSync(file, bytes),
      );
      return recorder.core(core);
    },
  };
  try {
    const plan = { ...DEFAULT_PLAN, authorities: NODES, followers: 0 };
    const cluster = createVirtualCluster(plan, how === 'plain' ? {} : parts);
    let sent = 0;
    const stop = cluster.every(1_000, async () => {
      for (let i = 0; i < load; i++) {
        const raw = raws[sent];
        assert(raw !== undefined, 'enough transfers were signed');
        await cluster.rpc(`n${1 + ((sent % SENDERS) % NODES)}`, 'eth_sendRawTransaction', [raw]);
        sent += 1;
      }
    });
    const bytesNow = (): number => files.reduce((sum, file) => sum + fstatSync(file).size, 0);
    await cluster.until(() => false, WARM_UP_MS);
    const [bytes, cpu] = [bytesNow(), process.cpuUsage()];
    await cluster.until(() => false, MEASURED_MS);
    const { user, system } = process.cpuUsage(cpu);
    stop();
    return { cpuMs: (user + system) / 1_000, bytes: bytesNow() - bytes };
  } finally {
    for (const file of files) closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/** Of the development accounts in turn, so that each node gets one account's transfers in their order. */
function signAll(perSecond: number): readonly string[] {
  const count = (perSecond * (WARM_UP_MS + MEASURED_MS)) / 1_000;
  return Array.from({ length: count }, (_, i) => {
    const nonce = BigInt(Math.floor(i / SENDERS));
    const to = accountOf((i + 1) % SENDERS).address;
    return signDraft({ chainId: 1337n, from: i % SENDERS, to, wei: 1n, nonce, gas: TRANSFER_GAS, ...ORDINARY_FEES })
      .raw;
  });
}
