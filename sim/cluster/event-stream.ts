// Follows one node's events over its admin port: NDJSON over HTTP, taken up again with the last number after every interruption.

import type { NodeEvent } from '../../node/core/events.ts';

export type EventSource = { readonly close: () => void };

/** A node that starts or chokes is asked again this soon. */
const RETRY_MS = 100;

/** Calls the listener with each event once and in order, from the node's first on, until closed. */
export function followEvents(
  admin: string,
  token: string,
  listener: (atMs: number, event: NodeEvent) => void,
): EventSource {
  const abort = new AbortController();
  let since = 0;
  const follow = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      try {
        for await (const line of readLines(`${admin}/events?since=${since}`, token, abort.signal)) {
          const { seq, atMs, event } = JSON.parse(line) as { seq: number; atMs: number; event: NodeEvent }; // our own node's words
          since = seq;
          listener(atMs, event);
        }
      } catch {
        // The node is gone or not there yet; the launcher knows which, and this goes on until it is told to stop.
      }
      if (!abort.signal.aborted) await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  };
  void follow();
  return { close: () => abort.abort() };
}

/** The lines of a streamed answer. Throws where the request fails. */
export async function* readLines(url: string, token: string | null, signal: AbortSignal): AsyncGenerator<string> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers, signal });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}
