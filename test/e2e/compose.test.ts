// `docker compose up` on a real engine: five authorities and a follower in hardened containers, a transaction by a client library, roots
// compared at a pinned block, a cut healed, nodes killed and restarted, and a scenario. It needs the published ports 8545 to 8550 and 8560.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createPublicClient, createWalletClient, http, parseEther } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_ACCOUNTS, DEVELOPMENT_MNEMONIC } from '../../node/config/keys.ts';
import { callRpc } from '../../sim/cluster/remote.ts';
import { eventually, output, run, summary } from './lockstep.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A name of its own, so that nobody's network or chain is touched. */
const COMPOSE = ['compose', '--project-directory', ROOT, '--project-name', 'lockstep-e2e'];
const CONTROL = ['--control', 'http://127.0.0.1:8560'];
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5', 'f1'];
const SMALL_SIDE = ['n1', 'n3'];
const LARGE_SIDE = ['n2', 'n4', 'n5', 'f1'];
/** Building the image fetches packages; the rest is start-up of seven containers on two cores. */
const UP_MS = 420_000;

const hasEngine = spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
if (!hasEngine && process.env['CI'] === undefined) {
  process.stderr.write('compose.test.ts: skipped, since no Docker engine answers here\n');
}

const rpcOf = (node: string): string => `http://127.0.0.1:${8545 + NODES.indexOf(node)}`;
const heightOf = async (node: string): Promise<number> => Number(await callRpc(rpcOf(node), 'eth_blockNumber', []));
const reaches = (nodes: readonly string[], height: number): Promise<true> =>
  eventually(`height ${height} on ${nodes.join(', ')}`, async () => {
    const heights = await Promise.all(nodes.map(heightOf));
    return heights.every((at) => at >= height) && true;
  });
const compose = (...args: readonly string[]): Promise<string> => output('docker', ...COMPOSE, ...args);

/** What each node computed itself for the block at a height: hash and state root, as one text. */
async function ownRoots(nodes: readonly string[], height: number): Promise<readonly string[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const [row] = (await callRpc(rpcOf(node), 'lockstep_stateRoots', [height, height])) as readonly {
        readonly hash: string;
        readonly own: { readonly stateRoot: string };
      }[];
      return `${row?.hash} ${row?.own.stateRoot}`;
    }),
  );
}

async function agree(nodes: readonly string[], height: number): Promise<void> {
  await eventually(`one block ${height} on ${nodes.join(', ')}`, async () => {
    const roots = await ownRoots(nodes, height);
    return new Set(roots).size === 1;
  });
}

/** The nodes that the control service knows to run. */
async function runningNodes(): Promise<readonly string[]> {
  const { nodes } = (await (await fetch('http://127.0.0.1:8560/network')).json()) as {
    readonly nodes: readonly { readonly name: string; readonly running: boolean }[];
  };
  return nodes.filter(({ running }) => running).map(({ name }) => name);
}

async function order(...words: readonly string[]): Promise<void> {
  const ended = await run(...words, ...CONTROL, '--json');
  expect(ended.status, ended.stderr).toBe(0);
}

describe.skipIf(!hasEngine && process.env['CI'] === undefined)('a network in containers', () => {
  beforeAll(async () => {
    expect(hasEngine, 'no Docker engine answers').toBe(true);
    await compose('down', '--volumes', '--remove-orphans');
    const up = spawnSync('docker', [...COMPOSE, 'up', '--detach', '--build'], { encoding: 'utf8', timeout: UP_MS });
    expect(up.status, up.stderr).toBe(0);
    await reaches(NODES, 2);
  }, UP_MS);

  afterAll(async () => {
    if (!hasEngine) return;
    await compose('down', '--volumes', '--remove-orphans', '--timeout', '5');
  });

  test('says what to type next when all nodes are up', async () => {
    const welcome = await eventually('the welcome', async () => {
      const log = await compose('logs', '--no-log-prefix', 'control');
      return log.includes('6 nodes up') && log;
    });
    for (const node of NODES) expect(welcome).toContain(rpcOf(node));
    expect(welcome).toContain('net partition n1,n3 / n2,n4,n5,f1');
  });

  test('every container becomes healthy', async () => {
    await eventually('seven healthy containers', async () => {
      const health = await compose('ps', '--format', '{{.Service}} {{.Health}}');
      return health.split('\n').filter((line) => line.endsWith(' healthy')).length === NODES.length + 1;
    });
  });

  test('no container has more rights than it needs', async () => {
    const ids = (await compose('ps', '--quiet')).trim().split('\n');
    const inspected = JSON.parse(await output('docker', 'inspect', ...ids)) as readonly {
      readonly Config: { readonly User: string };
      readonly HostConfig: {
        readonly ReadonlyRootfs: boolean;
        readonly Privileged: boolean;
        readonly CapDrop: readonly string[];
        readonly SecurityOpt: readonly string[];
        readonly Memory: number;
        readonly PidsLimit: number;
        readonly Binds: readonly string[] | null;
        readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>>;
      };
    }[];
    expect(inspected).toHaveLength(NODES.length + 1);
    for (const { Config, HostConfig } of inspected) {
      expect(Config.User).toBe('node');
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ['ALL'] });
      expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true');
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect((HostConfig.Binds ?? []).filter((bind) => bind.startsWith('/'))).toEqual([]);
      for (const bindings of Object.values(HostConfig.PortBindings)) {
        for (const { HostIp } of bindings) expect(HostIp).toBe('127.0.0.1');
      }
    }
  });

  test("a supervisor refuses orders without the network's token", async () => {
    const script = `for (const authorization of ['', 'Bearer wrong-token-of-somebody']) {
      const { status } = await fetch('http://n2:8570/kill', { method: 'POST', headers: { authorization } });
      console.log(status);
    }`;
    const said = await compose('exec', '-T', 'control', 'node', '--input-type=module', '--eval', script);
    expect(said.trim().split('\n')).toEqual(['401', '401']);
    expect(await heightOf('n2')).toBeGreaterThan(0);
  });

  test('a transaction sent to one node has one result on all six', async () => {
    const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC);
    const transport = http(rpcOf('n1'));
    const reader = createPublicClient({ transport });
    const wallet = createWalletClient({ account, transport });
    const to = DEVELOPMENT_ACCOUNTS[1]?.address ?? '0x';
    const hash = await wallet.sendTransaction({ chain: null, to, value: parseEther('1') });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe('success');

    const { blockNumber } = receipt;
    await reaches(NODES, Number(blockNumber));
    await agree(NODES, Number(blockNumber));
    for (const node of NODES) {
      const client = createPublicClient({ transport: http(rpcOf(node)) });
      const block = await client.getBlock({ blockNumber });
      expect(block).toMatchObject({ hash: receipt.blockHash, stateRoot: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
      expect(await client.getTransactionReceipt({ hash })).toMatchObject({ gasUsed: 21_000n, transactionIndex: 0 });
    }
  });

  test('a cut splits the chain, and healing makes it one again', async () => {
    await order('net', 'partition', 'n1,n3', '/', 'n2,n4,n5,f1');
    const cutAt = Math.max(...(await Promise.all(NODES.map(heightOf))));
    await reaches(LARGE_SIDE, cutAt + 5);
    // Two of five signers can each seal once after the other, then they wait: three are needed.
    for (const node of SMALL_SIDE) expect(await heightOf(node)).toBeLessThan(cutAt + 5);

    await order('net', 'heal');
    await reaches(NODES, cutAt + 8);
    await agree(NODES, cutAt + 5);
  });

  test('a killed node stays down until it is started, and catches up', async () => {
    await order('node', 'kill', 'n3');
    await expect(heightOf('n3')).rejects.toThrow();
    const refused = await run('node', 'kill', 'n3', ...CONTROL, '--json');
    expect(refused.status, refused.stderr).toBe(4);
    const others = NODES.filter((node) => node !== 'n3');
    const height = (await heightOf('n1')) + 3;
    await reaches(others, height);

    await order('node', 'start', 'n3');
    await reaches(NODES, height + 1);
    await agree(NODES, height);
  });

  test('a restarted container comes back into the network on its own chain', async () => {
    const before = await heightOf('n4');
    await compose('restart', '--timeout', '8', 'n4');
    await reaches(NODES, before + 3);
    await agree(NODES, before);
    await agree(NODES, before + 3);
    await eventually('the control service to see n4 again', async () => (await runningNodes()).includes('n4'));
  });

  test('a node that crashes is reported, stays down, and starts again on order', async () => {
    const script = `const { existsSync, readdirSync, readFileSync } = require('node:fs');
      for (const pid of readdirSync('/proc').filter(Number)) {
        const file = '/proc/' + pid + '/cmdline';
        const [, entry] = existsSync(file) ? readFileSync(file, 'utf8').split('\\0') : [];
        if (entry?.endsWith('/node-process.ts')) process.kill(Number(pid), 'SIGABRT');
      }`;
    await compose('exec', '-T', 'n5', 'node', '--eval', script);
    await eventually('n5 to be seen down', async () => !(await runningNodes()).includes('n5'));
    expect(await compose('logs', '--no-log-prefix', 'control')).toContain('n5 ended unasked (SIGABRT)');

    await order('node', 'start', 'n5');
    await reaches(NODES, (await heightOf('n1')) + 2);
  });

  test('a restarted control service finds the nodes where they were, and the network cut as it was', async () => {
    await order('net', 'partition', 'n1,n3', '/', 'n2,n4,n5,f1');
    const before = Math.max(...(await Promise.all(NODES.map(heightOf))));
    await compose('restart', '--timeout', '8', 'control');
    await eventually('all nodes under the new control service', async () => {
      return (await runningNodes()).length === NODES.length;
    });
    await reaches(LARGE_SIDE, before + 5);
    for (const node of SMALL_SIDE) expect(await heightOf(node)).toBeLessThan(before + 5);
    await order('net', 'heal');
    await reaches(NODES, before + 8);
    await agree(NODES, before + 5);
  });

  test('a node with a wrong clock, and one whose disk fails, do what processes do', async () => {
    await order('node', 'clock', 'n2', '5s', '--behind');
    await order('node', 'disk', 'n5', 'write-error');
    await eventually('n5 to end over its disk', async () => !(await runningNodes()).includes('n5'));
    await order('node', 'repair');
    await order('node', 'start', 'n5');
    await reaches(NODES, (await heightOf('n1')) + 2);
  });

  test('the roots that all nodes computed are one per block', async () => {
    const ended = await run('roots', ...CONTROL, '--json');
    expect(ended.status, ended.stderr).toBe(0);
    expect(summary(ended)).toMatchObject({ passed: true, diverged: 0, nodes: NODES });
  });

  test('the scenario of a cut that heals passes with every check', async () => {
    const ended = await run('run', 'partition-heal', '--on', 'compose', ...CONTROL, '--json');
    const { checks, ...rest } = summary(ended);
    const failed = (checks as readonly { readonly passed: boolean }[]).filter((check) => !check.passed);
    expect(failed, ended.stderr).toEqual([]);
    expect(rest).toMatchObject({ passed: true, arm: 'compose' });
    expect(ended.status).toBe(0);
  });
});
