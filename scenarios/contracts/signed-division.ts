// A contract of ten bytes that divides -7 by 2 with sign and stores the quotient in slot 0. The right answer is -3: SDIV rounds towards
// zero. A machine that rounds down stores -4, and from then on its state root is another.

/**
 * The code that runs when the contract is called:
 *
 *     PUSH1 2  PUSH1 7  PUSH0  SUB    stack: -7, 2
 *     SDIV                            stack: -3
 *     PUSH0  SSTORE  STOP             slot 0 = -3
 */
const RUNTIME = '600260075f03055f5500';

/** What a creation transaction carries: it returns RUNTIME, which stands right-aligned in one word of memory (10 bytes at offset 22). */
export const SIGNED_DIVISION = `0x69${RUNTIME}5f52600a6016f3`;
