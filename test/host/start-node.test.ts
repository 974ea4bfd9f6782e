import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { loadNodeConfig } from '../../node/host/load-config.ts';
import { type RunningNode, startNode } from '../../node/host/start-node.ts';
import { type LocalNetwork, TOKEN, writeNetwork } from './local-network.ts';

const WRAPPED = new URL('./wrapped-worker.ts', import.meta.url);

let network: LocalNetwork | null = null;
let node: RunningNode | null = null;
afterEach(async () => {
  await node?.close();
  node = null;
  network?.remove();
});

/** Starts n1 alone, with a fault's name in its configuration and the wrapped core. */
async function start(fault: string) {
  network = await writeNetwork(1, 'start-test');
  const file = network.files[0]!;
  writeFileSync(file.path, JSON.stringify({ ...file.config, fault, dial: [] }));
  const events: string[] = [];
  const fatal = Promise.withResolvers<string>();
  const sealed = Promise.withResolvers<void>();
  node = await startNode(loadNodeConfig(file.path), {
    workerUrl: WRAPPED,
    onEvent(line) {
      events.push(line);
      if (line.includes('"kind":"sealed"')) sealed.resolve();
    },
    onFatal: fatal.resolve,
  });
  return { events, fatal: fatal.promise, sealed: sealed.promise, ports: node.ports };
}

async function call(port: number, method: string, params: unknown[] = []): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
}

describe('a node with other parts', () => {
  it('runs the core that its worker makes, and knows the fault that its configuration names', async () => {
    const { events, sealed, ports } = await start('slow');
    await sealed;
    expect(events.some((line) => line.includes('fault slow'))).toBe(true);
    const answer = (await (await call(ports.rpc, 'eth_chainId')).json()) as { result: string };
    expect(answer.result).toBe('0x539');
  });

  it('ends with a core that throws', async () => {
    const { fatal, ports } = await start('crash');
    void call(ports.rpc, 'eth_sendRawTransaction', ['0x00']).catch(() => undefined);
    expect(await fatal).toContain('the planted crash');
  });

  it('answers the operator with the same core as the RPC', async () => {
    const { ports } = await start('none');
    const response = await fetch(`http://127.0.0.1:${ports.admin}/status`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const status = (await response.json()) as { genesis: string };
    const block = (await (await call(ports.rpc, 'eth_getBlockByNumber', ['0x0', false])).json()) as {
      result: { hash: string };
    };
    expect(status.genesis).toBe(block.result.hash);
  });
});
