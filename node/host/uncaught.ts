// What nobody catches. A rejection of our own is a bug and ends the process, loudly. One that a library made and dropped inside of
// itself, a stream that was reset at an unlucky moment, is an event: a network that is cut on purpose must not lose its nodes by it.

import { fileURLToPath } from 'node:url';
import { messageOf } from './host-error.ts';

/** This project's own folder, wherever it is installed. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Whether an error was made by installed packages and Node alone: no frame of its stack is this project's. Without a stack nobody knows.
 */
export function isOfPackages(error: unknown): boolean {
  if (!(error instanceof Error) || error.stack === undefined) return false;
  const frames = error.stack.split('\n').filter((line) => /^\s+at /.test(line));
  const isPackage = (frame: string): boolean => /[\\/]node_modules[\\/]/.test(frame);
  const isOurs = (frame: string): boolean => frame.includes(ROOT) && !frame.includes(`${ROOT}node_modules`);
  return frames.some(isPackage) && !frames.some(isOurs);
}

/** Watches this process until it ends. An exception is always fatal: whatever it broke off is half done. */
export function watchUncaught(handlers: {
  readonly failed: (message: string) => void;
  readonly fatal: (error: unknown) => void;
}): void {
  process.on('uncaughtException', handlers.fatal);
  process.on('unhandledRejection', (error) => {
    if (isOfPackages(error)) handlers.failed(`unhandled in a library: ${messageOf(error)}`);
    else handlers.fatal(error);
  });
}
