// What can go wrong with a network that is no fault of a node's code: one clear line, and a code that becomes an exit status.

export type NetworkErrorCode =
  | 'usage'
  | 'not-running'
  | 'already-running'
  | 'node-failed'
  | 'port-in-use'
  | 'data-folder'
  | 'recording'
  | 'unreachable'
  | 'unsupported'
  | 'nothing-matched'
  | 'deadline';

/** An error that a person is told in one line. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;
  constructor(code: NetworkErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The line of any error, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The operating system's code of an error (ENOENT, …), or null. */
export function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
