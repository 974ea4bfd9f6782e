// Assertions: what is false here is a bug of ours, so it ends the process, in production too. Never for what a peer or a user sent.

/** An internal invariant that does not hold. Nobody catches it but the process boundary, which prints it and exits. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws AssertionError unless the condition holds. The message says what was expected. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Returns the value, which must not be null or undefined. */
export function present<T>(value: T | null | undefined, message: string): T {
  assert(value !== null && value !== undefined, message);
  return value;
}

/** The end of a switch over a union: the compiler proves it unreachable, the process dies if it is reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
