// What is wrong with the world: a port in use, a foreign folder, a broken file. One clear line for a person, a code and an exit status.

/** The reasons, and how a process that cannot go on exits: 1 for a bug, 2 for the user's mistake, 102 where it could not start. */
export const EXIT_STATUS = {
  /** Anything nobody foresaw: a bug, a failed write. */
  unexpected: 1,
  configuration: 2,
  'address-in-use': 102,
  'address-unavailable': 102,
  'data-locked': 102,
  'data-foreign': 102,
  'data-unreadable': 102,
  recording: 102,
} as const;

export type HostErrorCode = keyof typeof EXIT_STATUS;

/** The world does not allow what was asked. Thrown by the host and the command line only; the message is one complete line. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of whatever was thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code that Node and its libraries put on an error, looked for in its causes too. */
export function systemCodeOf(error: unknown): string | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') {
      if (cause.cause instanceof Error && systemCodeOf(cause.cause) !== null) continue;
      return cause.code;
    }
    if (cause instanceof AggregateError) return systemCodeOf(cause.errors[0]);
  }
  return null;
}

/** Makes a failure to listen into a HostError that names who wanted which address. */
export function listenError(what: string, host: string, port: number, error: unknown): HostError {
  const code = systemCodeOf(error) ?? '';
  const cause = { cause: error };
  const inUse = code === 'EADDRINUSE' || messageOf(error).includes('EADDRINUSE');
  if (inUse) return new HostError('address-in-use', `${what}: port ${port} on ${host} is in use`, cause);
  return new HostError(
    'address-unavailable',
    `${what}: cannot listen on ${host}:${port} (${code || messageOf(error)})`,
    cause,
  );
}
