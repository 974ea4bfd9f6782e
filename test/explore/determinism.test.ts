import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../determinism/main.ts', import.meta.url));
const run = promisify(execFile);

test.runIf(process.env['CI'] !== undefined)('twenty seeds have one trace each on every engine', async () => {
  const { stdout } = await run(process.execPath, [SCRIPT, '--seeds', '20']);
  console.log(stdout.trim());
  expect(stdout).toMatch(/^deterministic: /m);
  expect(stdout.match(/the same traces/g)).toHaveLength(4);
});

test('three seeds have one trace each on both tiers', async () => {
  const { stdout } = await run(process.execPath, [SCRIPT, '--seeds', '3', '--from', '7', '--quick']);
  expect(stdout).toMatch(/^deterministic: /m);
  expect(stdout.match(/the same traces/g)).toHaveLength(1);
});

test('what is no number of seeds is refused in one line', async () => {
  const failure = await run(process.execPath, [SCRIPT, '--seeds', 'many']).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 2, stderr: "determinism: --seeds 'many': expected a whole number from 1\n" });
});
