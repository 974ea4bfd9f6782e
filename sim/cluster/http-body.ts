// Reads what a request to one of our own small servers carries.

import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { NetworkError } from './errors.ts';

const BODY_BYTES_MAX = 65_536;

/** The bytes of a body. Throws NetworkError where there are more than allowed. */
export async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > bytesMax) throw new NetworkError('usage', `a body of more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body as the schema's value. Throws NetworkError with one line on what is wrong and where. */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  let json: unknown;
  const body = await readBytes(request, BODY_BYTES_MAX);
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw new NetworkError('usage', 'the body is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new NetworkError('usage', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}
