// JSON-RPC in batches over HTTP: what a load generator and a poller need, with connections that stay open.

/** One call of a batch. */
export type Call = readonly [method: string, ...params: readonly unknown[]];

/** The answer to a call: its result, or the error's message. */
export type Answer = { readonly result: unknown } | { readonly error: string };

/** Sends the calls as one batch; the answers stand in the calls' order. Throws where nothing answers. */
export async function callBatch(url: string, calls: readonly Call[]): Promise<readonly Answer[]> {
  const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const answers = (await response.json()) as { id: number; result?: unknown; error?: { message: string } }[];
  if (!Array.isArray(answers)) throw new Error(`${url}: no batch in answer to a batch: ${JSON.stringify(answers)}`);
  const ordered = new Array<Answer>(calls.length).fill({ error: 'no answer' });
  for (const { id, result, error } of answers)
    ordered[id] = error === undefined ? { result } : { error: error.message };
  return ordered;
}

/** One call's result. Throws the node's error. */
export async function call(url: string, ...one: Call): Promise<unknown> {
  const [answer] = await callBatch(url, [one]);
  if (answer === undefined || 'error' in answer) throw new Error(`${one[0]} at ${url}: ${answer?.error}`);
  return answer.result;
}
