import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../sim/cluster/cluster.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import { openStage } from '../../../sim/cluster/stage.ts';
import { createVirtualCluster } from '../../../sim/cluster/virtual.ts';
import { createNetwork, type Network, type NetworkOptions } from '../../../sim/library/main.ts';
import { makeReorganisation } from '../../../sim/library/reorg.ts';
import '../../../sim/library/vitest.ts';

const virtual = (options: NetworkOptions = {}): Promise<Network> => createNetwork({ arm: 'virtual', ...options });

describe('a network of the package, in virtual time', () => {
  it('is cut and heals as the documentation has it', async () => {
    await using net = await virtual({ nodes: 5 });
    await net.height(5);
    await net.partition(['n1', 'n3'], ['n2', 'n4', 'n5']);
    await net.event('n1 halts', (o) => o.kind === 'event' && o.node === 'n1' && o.event.kind === 'halted');
    expect(net).toHaveHalted('n1');
    expect(net).not.toHaveHalted('n2');
    await net.blocks(4, ['n2', 'n4', 'n5']);
    await net.heal();
    const { number } = await net.agreement();
    expect(number).toBeGreaterThan(5);
    await net.blocks(1);
    await expect(net).toAgree();
    expect(net).toHaveReorganised({ depth: { atLeast: 1, atMost: 2 }, node: 'n1' });
    expect(net).not.toHaveReorganised({ node: 'n2' });
    expect(net).not.toHaveHalted('n1');
    expect(net).not.toHaveDiverged();
    expect(net).toKeepItsProperties();
    expect(net.recovery()).toMatchObject({ unhealed: 0, deepest: expect.any(Number) });
    expect(net.recovery().agreementMs).toBeGreaterThan(0);
  });

  it('answers a client library without a port', async () => {
    await using net = await virtual({ nodes: 2 });
    await net.height(2);
    const provider = net.provider('n2');
    expect(Number(await provider.request({ method: 'eth_blockNumber' }))).toBeGreaterThanOrEqual(2);
    expect(await provider.request({ method: 'eth_chainId', params: [] })).toBe('0x539');
    expect(net.chainId).toBe(1_337);
    expect(net.accounts).toHaveLength(10);
    expect(() => net.rpcUrl('n1')).toThrow(/^n1 has no port on the virtual arm: use provider\('n1'\)$/);
    expect(() => net.provider('n9')).toThrow(/^no node 'n9' in this network \(it has n1, n2\)$/);
  });

  it('says what a matcher saw', async () => {
    await using net = await virtual({ nodes: 2 });
    await net.height(1);
    const lineOf = (assert: () => void): string => {
      try {
        assert();
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return 'passed';
    };
    expect(lineOf(() => expect(net).toHaveReorganised({ depth: 3 }))).toBe(
      'the deepest reorganisation of any node has 0 blocks; asked for 3',
    );
    expect(lineOf(() => expect(net).toHaveHalted('n1'))).toBe('n1 never halted');
    expect(lineOf(() => expect(net).toHaveDiverged())).toBe('no node has seen two results for one block');
    await expect(expect(net).toHaveMined(`0x${'0'.repeat(64)}`)).rejects.toThrow(/^waited 30 s for 0x0+ to be mined/);
    await net.partition(['n1'], ['n2']);
    await net.kill('n2');
    await expect(expect(net).toAgree(['n1', 'n2'])).rejects.toThrow(/^waited 30 s for agreement of n1, n2/);
  });

  it('lets no matcher hold, nor its opposite, of a node that is not there', async () => {
    await using net = await virtual({ nodes: 2 });
    expect(() => expect(net).not.toHaveHalted('n9')).toThrow(/no node 'n9'/);
    expect(() => expect(net).not.toHaveReorganised({ node: 'n9' })).toThrow(/no node 'n9'/);
    await expect(expect(net).not.toAgree(['n1', 'n9'])).rejects.toThrow(/no node 'n9'/);
    await expect(expect(net).not.toHaveMined('0x00', ['n9'])).rejects.toThrow(/no node 'n9'/);
  });

  it('sees a machine that computes something else', async () => {
    await using net = await virtual({ nodes: 4, faults: { n3: 'sstore-costs-one-more' } });
    await net.height(2, ['n1']);
    expect(net).not.toHaveDiverged();
    // A contract whose constructor stores once: PUSH1 1, PUSH1 0, SSTORE.
    const hash = await net.transact('n1', { to: null, data: '0x6001600055', gas: 100_000 });
    await net.mined(hash, ['n1', 'n2']);
    await net.event('a divergence', (o) => o.kind === 'event' && o.event.kind === 'divergence');
    expect(net).toHaveDiverged();
    expect(net).toKeepItsProperties();
  });

  it.each<[string, NetworkOptions, RegExp]>([
    ['no node', { nodes: 0 }, /^createNetwork: nodes: expected a whole number from 1 to 50$/],
    ['too many', { nodes: 51 }, /^createNetwork: nodes: expected a whole number from 1 to 50$/],
    ['a late node that is not there', { late: ['n6'] }, /^createNetwork: late\.0: no node 'n6' in this network/],
    ['an unknown fault', { faults: { n1: 'rust' } }, /^createNetwork: faults\.n1: no planted fault 'rust'/],
    ['no seed', { seed: '' }, /^createNetwork: seed '': expected a text$/],
    ['a limit above the signers', { nodes: 3, signerLimit: 4 }, /^createNetwork: signerLimit: .* from 1 to 3$/],
  ])('is refused in one line: %s', async (_, options, line) => {
    await expect(virtual(options)).rejects.toThrow(line);
  });

  it('is closed twice without a word', async () => {
    const net = await virtual({ nodes: 1 });
    await net.close();
    await net.close();
  });
});

describe('a reorganisation to measure', () => {
  it.each([
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 4],
    [6, 3],
    [4, 12],
  ])('%i nodes undo exactly %i blocks, whatever the seed', async (nodes, depth) => {
    for (const seed of ['a', 'b', 'c']) {
      await using net = await virtual({ nodes, signerLimit: 1, seed });
      const made = await net.reorg({ depth });
      const { common, undone, redone } = made;
      expect(undone.map(({ number }) => number - common.number)).toEqual(undone.map((_, i) => i + 1));
      expect(undone).toHaveLength(depth);
      expect(redone[0]?.number).toBe(common.number + 1);
      expect(made.nodes).toEqual(net.authorities.slice(0, Math.floor(nodes / 2)));
      for (const node of made.nodes) expect(net).toHaveReorganised({ depth, node });
      for (const node of net.nodes.filter((name) => !made.nodes.includes(name))) {
        expect(net).not.toHaveReorganised({ node });
      }
      // And it goes on.
      await net.blocks(nodes);
      await expect(net).toAgree();
      expect(net).toKeepItsProperties();
    }
  });

  it('has the wanted transactions on each branch, the same nonce on both', async () => {
    await using net = await virtual({ nodes: 4, signerLimit: 1, followers: 1 });
    const [, , shop, friend] = net.accounts;
    const { transactions } = await net.reorg({
      depth: 1,
      branches: [
        [{ from: 1, to: shop!.address, value: 5n }],
        [
          { from: 1, to: friend!.address, value: 5n },
          { from: 1, to: friend!.address, value: 6n },
          { from: 2, data: '0x6001600055', gas: 100_000 },
        ],
      ],
    });
    const [[lost], kept] = transactions;
    for (const hash of kept) await expect(net).toHaveMined(hash);
    await net.blocks(2);
    for (const node of net.nodes) expect(await net.rpc(node, 'eth_getTransactionReceipt', lost)).toBeNull();
    expect(net.recovery()).toMatchObject({ deepest: 1, transactions: { undone: 1, includedAgain: 0, lost: 1 } });
  });

  it('is exact where orders take longer than blocks', async () => {
    const cluster = createVirtualCluster({ ...DEFAULT_PLAN, authorities: 4, followers: 0, signerLimit: 1 });
    let lateMs = 500;
    const slow: Cluster = {
      ...cluster,
      async sealing(node, order) {
        lateMs = (lateMs + 1_300) % 4_000; // the nodes are told one after the other, seconds apart
        await cluster.until(() => false, lateMs);
        await cluster.sealing(node, order);
      },
    };
    const stage = openStage(slow, () => {});
    const { common, undone } = await makeReorganisation(slow, stage, { depth: 3, branches: [[], []] });
    expect(undone.map(({ number }) => number)).toEqual([1, 2, 3].map((above) => common.number + above));
    await cluster.close();
  });

  it('shows a test both branches before they meet', async () => {
    await using net = await virtual({ nodes: 4, signerLimit: 1 });
    let heights: readonly (number | undefined)[] = [];
    const { common, undone } = await net.reorg({
      depth: 2,
      async beforeHealing() {
        heights = ['n1', 'n2', 'n3', 'n4'].map((node) => net.head(node)?.number);
        await expect(net.agreement(['n1', 'n3'], heights[0])).rejects.toThrow(/^waited/);
      },
    });
    expect(heights.slice(0, 2)).toEqual([common.number + 2, common.number + 2]);
    expect(heights[2]).toBeGreaterThan(common.number + 2);
    expect(undone).toHaveLength(2);
  });

  it('heals the network where the test fails meanwhile', async () => {
    await using net = await virtual({ nodes: 4, signerLimit: 1 });
    const beforeHealing = (): void => {
      throw new Error('no such row');
    };
    await expect(net.reorg({ depth: 1, beforeHealing })).rejects.toThrow(/^no such row$/);
    await net.blocks(2);
    await expect(net).toAgree();
  });

  it('can be made again and again', async () => {
    await using net = await virtual({ nodes: 4, signerLimit: 1 });
    for (const depth of [3, 1, 2]) await net.reorg({ depth });
    expect(
      net
        .reorganisations()
        .filter(({ node }) => node === 'n1')
        .map(({ depth }) => depth),
    ).toEqual([3, 1, 2]);
  });

  it('works with the ordinary rule where each side has enough signers', async () => {
    await using net = await virtual({ nodes: 6, signerLimit: 3 });
    expect((await net.reorg({ depth: 5 })).undone).toHaveLength(5);
  });

  it.each<[string, NetworkOptions, number, RegExp]>([
    [
      'a rule that halts one side',
      { nodes: 5 },
      1,
      /^reorg: 5 authorities with a signer limit of 3 do not make two sides .* signerLimit: 1$/,
    ],
    ['one node', { nodes: 1, signerLimit: 1 }, 1, /signerLimit: 1 and two nodes at least$/],
    ['no depth', { nodes: 2, signerLimit: 1 }, 0, /^reorg: depth 0: expected a whole number from 1 to 64$/],
    ['half a block', { nodes: 2, signerLimit: 1 }, 1.5, /^reorg: depth 1.5: expected a whole number/],
    ['a great depth', { nodes: 2, signerLimit: 1 }, 65, /^reorg: depth 65: expected a whole number from 1 to 64$/],
  ])('is refused in one line: %s', async (_, options, depth, line) => {
    await using net = await virtual(options);
    await expect(net.reorg({ depth })).rejects.toThrow(line);
  });

  it('is refused while a node is down, and leaves the network as it was', async () => {
    await using net = await virtual({ nodes: 4, signerLimit: 1 });
    await net.height(2);
    await net.kill('n4');
    await expect(net.reorg({ depth: 1 })).rejects.toThrow(/^reorg: n4 does not run$/);
    await net.blocks(3);
  });

  it('lets the network seal and hear again where a transaction is refused', async () => {
    await using net = await virtual({ nodes: 4, signerLimit: 1 });
    await expect(net.reorg({ depth: 1, branches: [['0x1234'], []] })).rejects.toThrow();
    await net.blocks(3);
    await expect(net).toAgree();
  });
});
