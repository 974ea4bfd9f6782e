// Assertions: what is false here is a bug of ours, so it ends the process, in production too. Never for what a peer or a user sent.

/** An internal invariant that does not hold. Nobody catches it but the process boundary, which prints it and exits. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** What was expected; where it is asked often, a function, for putting a text together costs more than the question. */
type Message = string | (() => string);

/** Throws AssertionError unless the condition holds. */
export function assert(condition: boolean, message: Message): asserts condition {
  if (!condition) throw new AssertionError(typeof message === 'string' ? message : message());
}

/** Returns the value, which must not be null or undefined. */
export function present<T>(value: T | null | undefined, message: Message): T {
  assert(value !== null && value !== undefined, message);
  return value;
}

/** The end of a switch over a union: the compiler proves it unreachable, the process dies if it is reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
