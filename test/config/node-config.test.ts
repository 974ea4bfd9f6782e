import { describe, expect, it } from 'vitest';
import { type NodeConfigFile, parseNodeConfig } from '../../node/config/node-config.ts';

const KEY = 'ab'.repeat(32);
const ADDRESS = `0x${'Cd'.repeat(20)}`;

function file(changes: Partial<NodeConfigFile> = {}): NodeConfigFile {
  return {
    name: 'n1',
    genesis: 'genesis.json',
    nodeKey: KEY,
    sealerKey: null,
    seed: 'seed',
    nodes: [
      { name: 'n1', nodeAddress: ADDRESS, signer: null },
      { name: 'n2', nodeAddress: ADDRESS, signer: ADDRESS },
    ],
    p2p: { host: '127.0.0.1', port: 0 },
    dial: [{ name: 'n2', host: '127.0.0.1', port: 4001 }],
    rpc: { host: '127.0.0.1', port: 8545, allowedHosts: [], corsOrigins: [] },
    admin: { host: '127.0.0.1', port: 0, token: 'a-token-of-the-test' },
    data: 'data',
    gasLimitTarget: 30_000_000,
    ...changes,
  };
}

const parse = (value: unknown) => parseNodeConfig(JSON.stringify(value), 'n1.json');

describe("a node's configuration", () => {
  it('is read with its defaults, keys and addresses in lower-case hex', () => {
    const config = parse(file());
    expect(config).toMatchObject({ clockOffsetMs: 0, fault: null, tier: 1, nodeKey: `0x${KEY}` });
    expect('nodes' in config && config.nodes[0]?.nodeAddress).toBe(ADDRESS.toLowerCase());
  });

  it.each([
    [{ ...file(), extra: 1 }, 'n1.json: Unrecognized key: "extra"'],
    [file({ rpc: { ...file().rpc, port: 65_536 } }), 'n1.json: rpc.port: expected a port'],
    [
      file({ dial: [{ name: 'n2', host: 'wan', port: 0 }] }),
      'n1.json: dial[0].port: expected a port that can be dialled',
    ],
    [{ ...file(), tier: 9 }, 'n1.json: tier: expected a tier of the virtual machine: 0, 1, 2'],
    [file({ name: 'n3' }), 'n1.json: name: n3 is not in nodes'],
    [file({ dial: [{ name: 'n1', host: 'wan', port: 1 }] }), 'n1.json: dial[0].name: a node does not dial itself'],
    [file({ dial: [{ name: 'n9', host: 'wan', port: 1 }] }), 'n1.json: dial[0].name: n9 is not in nodes'],
    [
      file({ admin: { ...file().admin, token: 'short' } }),
      'n1.json: admin.token: expected a token of 16 or more characters',
    ],
  ])('is refused with one line that names the file and the field (%#)', (value, message) => {
    expect(parse(value)).toMatchObject({ kind: 'config-problem', message });
  });

  it('is refused without repeating a key', () => {
    const secret = 'deadbeef'.repeat(9);
    expect(JSON.stringify(parse(file({ nodeKey: secret })))).not.toContain('deadbeef');
    expect(JSON.stringify(parseNodeConfig(`{"nodeKey": "${secret}`, 'f'))).not.toContain('deadbeef');
  });
});
