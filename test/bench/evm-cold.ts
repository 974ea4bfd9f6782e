// Cold calls: contracts whose code no side has seen before, one a call, and 200 of them in one call. What a side does once for each piece of
// code shows here and nowhere else.

import { encodeFunctionData } from 'viem';
import { concatBytes, hexToBytes, wordToAddress, wordToBytes } from '../../node/lib/bytes.ts';
import type { Address } from '../../node/types/transaction.ts';
import { assemble } from '../evm/assembler.ts';
import { figures, measureRounds, type Work } from './evm-measure.ts';
import { contract } from './evm-programs.ts';
import type { Side } from './evm-side.ts';
import { account, deploy, EMPTY, METER, type World } from './evm-world.ts';
import type { Report } from './report.ts';

const CONTRACTS = 200;
/** Every round has contracts of its own. */
const ROUNDS = 3;
/** Contracts that are called alone. */
const SINGLES = 20;
const ROUNDS_EMPTY = 20;

const CROWD: Address = `0x${'c7'.repeat(20)}`;
const FIRST = 0xc01dn << 128n;
/** Calls as many contracts as the second word says, from the address in the first word upwards, with what follows as input. */
const CROWD_CODE = assemble(`
  64 CALLDATASIZE SUB 64 0 CALLDATACOPY
  32 CALLDATALOAD
  loop: 0 0 64 CALLDATASIZE SUB 0 0 DUP6 0 CALLDATALOAD ADD GAS CALL ISZERO @bad JUMPI
  1 SWAP1 SUB DUP1 @loop JUMPI STOP
  bad: 0 0 REVERT
`);

/** The contracts: tokens whose code ends with bytes of its own, which never run. */
export function coldWorld(): World {
  const token = deploy(hexToBytes(contract('TokenLoop.sol').bytecode), METER, METER);
  const tokens = Array.from({ length: ROUNDS * CONTRACTS + SINGLES }, (_, i) => {
    const code = concatBytes(token.code, wordToBytes(BigInt(i + 1)));
    return [addressOf(i), account({ ...token, code })] as const;
  });
  return new Map([...tokens, [CROWD, account({ code: CROWD_CODE })]]);
}

/** Measures both without an empty call's time, and the second once more: what the first time cost is the difference. */
export async function measureCold(report: Report, sides: readonly Side[]): Promise<void> {
  const { abi } = contract('TokenLoop.sol');
  const mint = hexToBytes(encodeFunctionData({ abi, functionName: 'mints', args: [1n] }));
  const accounts = coldWorld();
  const crowd = { entry: CROWD, accounts };
  const singles = Array.from({ length: SINGLES }, (_, i) => ({ entry: addressOf(ROUNDS * CONTRACTS + i), accounts }));
  const crowdOf = (round: number): Uint8Array =>
    concatBytes(wordToBytes(FIRST + BigInt(round * CONTRACTS) - 1n), wordToBytes(BigInt(CONTRACTS)), mint);

  const empty = await measureRounds(sides, ROUNDS_EMPTY, () => ({ target: EMPTY, input: mint, scale: 1 }));
  const measure = async (
    name: string,
    rounds: number,
    workOf: (round: number) => Omit<Work, 'scale'>,
  ): Promise<void> => {
    const times = await measureRounds(sides, rounds, (_, round) => ({ ...workOf(round), scale: 1 }), empty);
    report.row({ name, ...figures(times) });
  };
  await measure('first call of a fresh contract', SINGLES, (i) => ({ target: singles[i] ?? EMPTY, input: mint }));
  for (const name of [`${CONTRACTS} distinct contracts, each called once`, 'the same contracts again'])
    await measure(name, ROUNDS, (round) => ({ target: crowd, input: crowdOf(round) }));
}

function addressOf(index: number): Address {
  return wordToAddress(FIRST + BigInt(index));
}
