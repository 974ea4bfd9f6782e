// A program for the load: init code that deploys nothing and asks a machine for a little of everything that machines get wrong. What it
// computed goes into one slot and one log, so that a wrong result anywhere is another state root.

/** Gas that a creation with the program never uses up. */
export const PROGRAM_GAS = 200_000;

/** Each line leaves a word in memory; the last two tell of all of them. */
const LINES = [
  '6002 6007 5f 03 05 5f 52', // SDIV(-7, 2), rounded towards zero
  '5f 1e 6020 52', // CLZ(0)
  '44 6040 52', // PREVRANDAO
  '6003 5f 19 04 6060 52', // DIV(2^256 - 1, 3), beyond what a floating-point number holds
  '6020 6080 6080 5f 6002 5a fa 50', // SHA-256 of the four, by the precompiled contract
  '6001 43 03 40 60a0 52', // BLOCKHASH of the parent
  '42 41 18 48 18 60c0 52', // TIMESTAMP ^ COINBASE ^ BASEFEE
  '5a 60e0 52', // GAS
  '6001 6005 610100 5f a2', // LOG2 of it all, its topics in descending order
  '610100 5f 20 5f 55', // slot 0 = keccak256 of it all
];

/** The program as call data of a creation. */
export const PROGRAM = `0x${LINES.join('').replaceAll(' ', '')}` as const;
