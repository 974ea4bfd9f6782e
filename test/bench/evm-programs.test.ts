import { expect, test } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { coldWorld } from './evm-cold.ts';
import { measureRounds } from './evm-measure.ts';
import { createEthereumjsSide } from './evm-peers.ts';
import { evmPrograms } from './evm-programs.ts';
import { createTierSide, type Side } from './evm-side.ts';
import { EMPTY, SURROUNDINGS, type World } from './evm-world.ts';

const programs = evmPrograms();
const world: World = new Map([...SURROUNDINGS, ...programs.flatMap(({ accounts }) => [...accounts])]);
const tier0 = createTierSide('tier0', createInterpreter(), world);
const tier1 = createTierSide('tier1', createTierOne(), world);

test.each(
  programs,
)('$name gives the same output, gas, logs and refund on the tiers and on ethereumjs', async (program) => {
  const sides = [tier0, tier1, await createEthereumjsSide()];
  const once = (side: Side): Promise<unknown> => side.call(program, program.input(3));
  const [first, ...others] = (await Promise.all(sides.map(once))).map(withoutTimes);
  expect(first).toMatchObject({ isSuccess: true });
  for (const other of others) expect(other).toEqual(first);
});

test.each(
  programs,
)('$name returns something else when it does its work once more, and takes more gas', async (program) => {
  const [five, six] = [await tier0.call(program, program.input(5)), await tier0.call(program, program.input(6))];
  expect(six.output).not.toBe(five.output);
  expect(six.gas).toBeGreaterThan(five.gas);
});

test('a round in which sides disagree ends the benchmark', async () => {
  const lying: Side = { ...tier1, call: async (...args) => ({ ...(await tier1.call(...args)), gas: 1 }) };
  const work = () => ({ target: EMPTY, input: new Uint8Array(32), scale: 1 });
  await expect(measureRounds([tier0, tier1], 2, work)).resolves.toBeDefined();
  await expect(measureRounds([tier0, lying], 1, work)).rejects.toThrow('gas differs');
  const alone = ({ name }: Side) => (name === lying.name ? { ...work(), scale: 5 } : null);
  await expect(measureRounds([tier0, lying], 1, alone)).rejects.toThrow('gas differs');
});

test('no two of the cold contracts have the same code', () => {
  const codes = [...coldWorld().values()].map(({ code }) => code.join());
  expect(codes.length).toBeGreaterThan(600);
  expect(new Set(codes).size).toBe(codes.length);
});

function withoutTimes(measured: unknown): unknown {
  return { ...(measured as object), cpuMs: 0, wallMs: 0 };
}
