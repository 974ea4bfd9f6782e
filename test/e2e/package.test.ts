// The package as somebody else has it: packed, installed in an empty folder, where Node strips no types, and used by the documented example.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, processesOn } from './lockstep.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLE = join(ROOT, 'docs/examples/indexer');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-package-'));
const installed = join(folder, 'node_modules/lockstep-testnet');

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs this Node, or npm, in the folder of the test. The path begins with this Node, for what npm starts. */
function run(
  program: string,
  args: readonly string[],
  cwd = folder,
): Promise<Ended> & { readonly pid: number; readonly printed: () => string } {
  const PATH = `${join(process.execPath, '..')}:${process.env['PATH']}`;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, PATH, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return Object.assign(ended, { pid: child.pid ?? 0, printed: () => stdout });
}

const node = (...args: readonly string[]) => run(process.execPath, args);
const command = (...args: readonly string[]) => node(join(folder, 'node_modules/.bin/lockstep'), ...args);

beforeAll(async () => {
  for (const file of ['package.json', 'tsconfig.json', 'vitest.config.ts', 'indexer.ts', 'indexer.test.ts']) {
    cpSync(join(EXAMPLE, file), join(folder, file));
  }
  const packed = await run('npm', ['pack', '--pack-destination', folder], ROOT);
  expect(packed.status, packed.stderr).toBe(0);
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = await run('npm', ['install', ...flags, tarball]);
  if (status !== 0) await installByHand(tarball);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Where npm's cache lacks what the package needs: the package itself, and links to what the project has. */
async function installByHand(tarball: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(installed);
  const unpacked = await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  expect(unpacked.status, unpacked.stderr).toBe(0);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), 'vitest', 'viem']) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  symlinkSync('../lockstep-testnet/sim/lockstep.mjs', join(modules, '.bin/lockstep'));
}

test('has no TypeScript but declarations, and every file that it names', () => {
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const named = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry as object),
  );
  expect(named.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
  for (const folder of ['node', 'test', 'scenarios']) expect(existsSync(join(installed, folder))).toBe(false);
});

test('has declarations by which the example is right, and a mistake is not', { timeout: 120_000 }, async () => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const right = await node(tsc, '-p', folder);
  expect(right.stdout).toBe('');
  expect(right.status).toBe(0);
  writeFileSync(
    join(folder, 'wrong.ts'),
    "import { createNetwork } from 'lockstep-testnet';\nawait createNetwork({ nodez: 3 });\n",
  );
  const wrong = await node(tsc, '-p', folder);
  rmSync(join(folder, 'wrong.ts'));
  expect(wrong.stdout).toMatch(/^wrong\.ts\(2,23\): error TS2561: .* Did you mean to write 'nodes'\?\n$/);
});

test('lets an indexer survive a reorganisation of three blocks, as the documentation shows', {
  timeout: 300_000,
}, async () => {
  const { status, stdout, stderr } = await node(join(folder, 'node_modules/vitest/vitest.mjs'), 'run');
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/Tests +1 passed \(1\)/);
  expect(await processesOn(installed)).toEqual([]);
});

test('runs in virtual time, without a port or a process', { timeout: 120_000 }, async () => {
  const script = [
    "import { createNetwork } from 'lockstep-testnet';",
    "await using net = await createNetwork({ nodes: 4, signerLimit: 1, arm: 'virtual' });",
    'console.log((await net.reorg({ depth: 2 })).undone.length);',
  ].join('\n');
  const { status, stdout, stderr } = await node('--input-type=module', '-e', script);
  expect(status, stderr).toBe(0);
  expect(stdout).toBe('2\n');
});

test('plays scenarios by its command: its own, and one in YAML', { timeout: 300_000 }, async () => {
  const own = await command('run', 'fork', '--json');
  expect(own.status, own.stderr).toBe(0);
  const data = await command(
    'run',
    join(installed, 'dist/scenarios/partition-heal.yaml'),
    '--on',
    'processes',
    '--json',
  );
  expect(data.status, data.stdout + data.stderr).toBe(0);
  expect(JSON.parse(data.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ kind: 'summary', passed: true });
});

test('starts a network by its command, and ends it', { timeout: 300_000 }, async () => {
  const args = ['up', '--nodes', '2', '--followers', '0', '--rpc-port', '0', '--data', join(folder, 'data')];
  const up = command(...args);
  await eventually('the network', () => up.printed().includes('In another terminal'));
  expect(await processesOn(join(folder, 'data', 'n2'))).not.toEqual([]);
  process.kill(up.pid, 'SIGINT');
  const { status, stdout } = await up;
  expect(status).toBe(130);
  expect(stdout).toContain('npx lockstep net partition');
  expect(await processesOn(folder)).toEqual([]);
});

test('leaves no process behind where a test dies without closing its network', { timeout: 120_000 }, async () => {
  const script =
    "const { createNetwork } = await import('lockstep-testnet'); await createNetwork({ nodes: 2 }); process.kill(process.pid, 'SIGKILL');";
  await node('--input-type=module', '-e', script);
  await eventually('the nodes to end', async () => (await processesOn(installed)).length === 0);
});
