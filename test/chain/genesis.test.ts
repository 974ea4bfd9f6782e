import { describe, expect, it } from 'vitest';
import {
  createDefaultGenesis,
  DEFAULT_PERIOD_MS,
  DEPLOYMENT_PROXY_ADDRESS,
  KZG_MS_PER_MGAS,
  MULTICALL3_ADDRESS,
  WORST_MS_PER_MGAS,
} from '../../node/chain/default-genesis.ts';
import { createGenesisBlock, type Genesis, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import {
  BEACON_ROOTS_CODE,
  CONSOLIDATION_REQUEST_CODE,
  HISTORY_STORAGE_CODE,
  MULTICALL3_CODE,
  WITHDRAWAL_REQUEST_CODE,
} from '../../node/chain/predeploy-codes.ts';
import {
  BEACON_ROOTS_ADDRESS,
  CONSOLIDATION_REQUEST_ADDRESS,
  HISTORY_STORAGE_ADDRESS,
  WITHDRAWAL_REQUEST_ADDRESS,
} from '../../node/chain/system-contracts.ts';
import { bytesToHex, type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { asBytes, asHex, asList, decodeRlp, decodeRlpSequence } from '../../node/lib/rlp.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import { blockHash, decodeBlock } from '../../node/types/block.ts';
import { forkAt, forkOf } from '../../node/types/config.ts';
import { headerFromItem, headerHash, ZERO_HASH } from '../../node/types/header.ts';
import { hasVectors, type PackedFile, readGzipLines, readPackedJson, readZstdLines } from '../conformance/vectors.ts';
import { ACCOUNTS, ETHER, parsed, SIGNERS, testGenesis, testGenesisJson } from './fixture.ts';

type Json = Record<string, unknown>;

/** The default genesis with another value at a path; undefined takes the field out. */
function changed(path: string, value: unknown, base: Json = testGenesisJson()): Json {
  const [name = '', ...rest] = path.split('.');
  const inner = rest.length === 0 ? value : changed(rest.join('.'), value, (base[name] ?? {}) as Json);
  const { [name]: _, ...others } = base;
  return inner === undefined ? others : { ...others, [name]: inner };
}

function problemOf(json: unknown): { path: string; message: string } | null {
  const read = parseGenesis(json);
  return isGenesisProblem(read) ? { path: read.path, message: read.message } : null;
}

const ADDRESS = ACCOUNTS[0]!.address;

describe('the default genesis', () => {
  it('has the most whole millions of gas that half a period executes of the worst, and a period of KZG proofs alone', () => {
    const genesis = parseGenesis(
      createDefaultGenesis({
        signers: SIGNERS.map(({ address }) => address),
        period: DEFAULT_PERIOD_MS / 1000,
        accounts: [],
      }),
    );
    if (isGenesisProblem(genesis)) throw new Error(genesis.message);
    const millions = Number(genesis.gasLimit) / 1_000_000;
    expect(Number.isInteger(millions)).toBe(true);
    expect(millions * WORST_MS_PER_MGAS).toBeLessThanOrEqual(DEFAULT_PERIOD_MS / 2);
    expect((millions + 1) * WORST_MS_PER_MGAS).toBeGreaterThan(DEFAULT_PERIOD_MS / 2);
    expect(millions * KZG_MS_PER_MGAS).toBeLessThanOrEqual(DEFAULT_PERIOD_MS);
  });

  const genesis = testGenesis();

  it('is Osaka from the first block on, with the signers ascending', () => {
    expect(forkAt(genesis.config, 0, 0)).toEqual({
      fork: 'Osaka',
      blobs: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
    });
    expect(genesis.config.clique).toEqual({ period: 1, epoch: 30_000, signerLimit: null });
    expect(bytesToHex(genesis.extraData)).toContain(SIGNERS.map(({ address }) => address.slice(2)).join(''));
    expect(genesis.config.chainId).toBe(1337n);
    expect(genesis.alloc.get(ADDRESS)?.balance).toBe(10_000n * ETHER);
  });

  it('has the same hash wherever it is made', () => {
    const { block } = createGenesisBlock(genesis);
    expect(blockHash(block)).toBe(blockHash(createGenesisBlock(testGenesis()).block));
    expect(block.header).toMatchObject({ number: 0, parentHash: ZERO_HASH, baseFeePerGas: 1_000_000_000n });
    expect(decodeBlock(hexToBytes('0xc0'))).toHaveProperty('code', 'encoding');
  });

  it('holds what tools look for at fixed addresses', () => {
    expect(keccakHex(genesis.alloc.get(DEPLOYMENT_PROXY_ADDRESS)!.code)).toBe(
      '0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989',
    );
    expect(bytesToHex(genesis.alloc.get(MULTICALL3_ADDRESS)!.code)).toBe(MULTICALL3_CODE);
  });

  it('takes another chain id, limit of gas and limit of signers', () => {
    const other = parsed(testGenesisJson({ gasLimit: 7_000_000, signerLimit: 1, period: 3 }));
    expect(other.gasLimit).toBe(7_000_000);
    expect(other.config.clique).toEqual({ period: 3, epoch: 30_000, signerLimit: 1 });
  });

  it.skipIf(!hasVectors('blockchain/eest-blockchain.jsonl.zst'))(
    'has the system contracts of the official tests',
    async () => {
      for await (const line of readZstdLines('blockchain/eest-blockchain.jsonl.zst')) {
        const { network, test } = JSON.parse(line) as { network: string; test: { pre: Record<string, { code: Hex }> } };
        if (network !== 'Osaka') continue;
        const codes = [
          BEACON_ROOTS_ADDRESS,
          HISTORY_STORAGE_ADDRESS,
          WITHDRAWAL_REQUEST_ADDRESS,
          CONSOLIDATION_REQUEST_ADDRESS,
        ];
        expect(codes.map((address) => test.pre[address]?.code)).toEqual([
          BEACON_ROOTS_CODE,
          HISTORY_STORAGE_CODE,
          WITHDRAWAL_REQUEST_CODE,
          CONSOLIDATION_REQUEST_CODE,
        ]);
        return;
      }
    },
  );
});

describe('a genesis file with a fault', () => {
  it.each<[string, unknown, string]>([
    ['config', undefined, 'config: is missing'],
    ['config', 3, 'config: must be an object, not a number'],
    ['config', [], 'config: must be an object, not an array'],
    ['config.chainId', undefined, 'config.chainId: is missing'],
    ['config.chainId', 0, 'config.chainId: must be at least 1'],
    ['config.chainId', -1, 'config.chainId: must not be negative: -1'],
    ['config.chainId', '-0x1', 'config.chainId: must not be negative: -0x1'],
    ['config.chainId', 1.5, 'config.chainId: must be an integer below 2^53 or a string: 1.5'],
    ['config.chainId', true, 'config.chainId: must be a number or a string, not a boolean'],
    ['config.chainId', '0xg', 'config.chainId: must be decimal or hex with 0x: "0xg"'],
    ['config.chainId', '0x', 'config.chainId: must be decimal or hex with 0x: "0x"'],
    ['config.chainId', `0x1${'0'.repeat(16)}`, 'config.chainId: must fit into 64 bits'],
    ['config.clique.period', 0, 'config.clique.period: must be at least 1'],
    ['config.clique.period', undefined, 'config.clique.period: is missing'],
    ['config.clique.epoch', 0, 'config.clique.epoch: must be at least 1'],
    ['config.lockstep', { signerLimit: 0 }, 'config.lockstep.signerLimit: must be 1 to 5'],
    ['config.lockstep', { signerLimit: 6 }, 'config.lockstep.signerLimit: must be 1 to 5'],
    ['config.lockstep', { speed: 1 }, 'config.lockstep.speed: is not a field of this section'],
    [
      'config.londonBlock',
      undefined,
      'config.arrowGlacierBlock: is set though londonBlock, which comes before it, is not',
    ],
    ['config.berlinBlock', 3, 'config.londonBlock: 0 is before berlinBlock, 3'],
    ['config.grayGlacierBlock', 3, 'config.mergeNetsplitBlock: 0 is before grayGlacierBlock, 3'],
    ['config.mergeNetsplitBlock', 3, 'config.shanghaiTime: 0 is before mergeNetsplitBlock, 3'],
    ['config.cancunTime', 5, 'config.pragueTime: 0 is before cancunTime, 5'],
    ['config.osakaTime', '5x', 'config.osakaTime: must be decimal or hex with 0x: "5x"'],
    ['config.bpo1Time', 5, 'config.blobSchedule.bpo1: is missing'],
    ['config.eip158Block', 1, 'config.eip158Block: must be the same as eip155Block, 0'],
    ['config.daoForkBlock', 'soon', 'config.daoForkBlock: must be decimal or hex with 0x: "soon"'],
    ['config.amsterdamTime', 0, 'config.amsterdamTime: this fork is not supported'],
    ['config.blobSchedule.osaka.max', undefined, 'config.blobSchedule.osaka.max: is missing'],
    ['config.blobSchedule.osaka.target', 10, 'config.blobSchedule.osaka.target: must be at most max, 9'],
    ['config.blobSchedule.osaka.baseFeeUpdateFraction', 0, 'must be at least 1'],
    ['config.depositContractAddress', '0x12', 'config.depositContractAddress: must have 20 bytes, not 1'],
    ['gasLimit', undefined, 'gasLimit: is missing'],
    ['gasLimit', 4999, 'gasLimit: must be at least 5000, not 4999'],
    ['gasLimit', '0x20000000000000', 'gasLimit: must be below 2^53'],
    ['gasLimit', '0x8000000000000000', 'gasLimit: must be at most 9223372036854775807'],
    ['difficulty', undefined, 'difficulty: is missing'],
    ['timestamp', 'now', 'timestamp: must be decimal or hex with 0x: "now"'],
    ['nonce', '0x10000000000000000', 'nonce: must fit into 64 bits'],
    ['mixHash', '0x00', 'mixHash: must have 32 bytes, not 1'],
    ['coinbase', 7, 'coinbase: must be a string of hex, not a number'],
    ['extraData', 'text', 'extraData: must be hex of whole bytes with 0x: "text"'],
    ['extraData', '0x', 'extraData: '],
    ['extraData', `0x${'00'.repeat(97)}`, 'extraData: signers: the list is empty'],
    ['extraData', `0x${'00'.repeat(98)}`, 'extraData: size of the signers'],
    [
      'extraData',
      `0x${'00'.repeat(32)}${'11'.repeat(20)}${'00'.repeat(64)}01`,
      'extraData: the last 65 bytes must be zero',
    ],
    [
      'extraData',
      `0x${'00'.repeat(32)}${'22'.repeat(20)}${'11'.repeat(20)}${'00'.repeat(65)}`,
      'extraData: signers: not ascending',
    ],
    ['number', '0x1', 'number: must be zero'],
    ['parentHash', `0x${'11'.repeat(32)}`, 'parentHash: must be zero'],
    ['alloc', undefined, 'alloc: is missing'],
    ['alloc.0x1234', {}, 'alloc.0x1234: the address must have 40 hex digits, not 4'],
    ['alloc.0xzz', {}, 'alloc.0xzz: the address must be hex'],
    [`alloc.${ADDRESS.slice(2).toUpperCase()}`, {}, 'the address stands here twice'],
    [`alloc.${ADDRESS}`, 'rich', 'must be an object, not a string'],
    [`alloc.${ADDRESS}.balance`, '-1', 'balance: must not be negative'],
    [`alloc.${ADDRESS}.balance`, `0x1${'0'.repeat(64)}`, 'balance: must fit into 256 bits'],
    [`alloc.${ADDRESS}.nonce`, [], 'nonce: must be a number or a string, not an array'],
    [`alloc.${ADDRESS}.code`, '6000', 'code: must be hex of whole bytes with 0x: "6000"'],
    [`alloc.${ADDRESS}.storage`, { '0x1': 1 }, 'storage.0x1: slots and their values must be hex'],
    [`alloc.${ADDRESS}.storage`, { '0x1': '0x2', '01': '0x3' }, 'the slot stands here twice'],
    [`alloc.${WITHDRAWAL_REQUEST_ADDRESS}`, undefined, 'is missing: since Prague blocks call this system contract'],
  ])('has a problem at %s = %j', (path, value, message) => {
    const problem = problemOf(changed(path, value));
    expect(problem?.message).toContain(message);
    expect(problem?.message.startsWith(`${problem.path}: `)).toBe(true);
  });

  it('has a problem where it is no object at all', () => {
    expect(problemOf('genesis')?.message).toBe('genesis: must be an object, not a string');
    expect(problemOf(null)?.message).toBe('genesis: is missing');
  });

  it('has a problem where no fork is named', () => {
    const { chainId, clique } = testGenesisJson()['config'] as Json;
    expect(problemOf(changed('config', { chainId, clique }))?.message).toBe(
      'config: has no forks: name at least homesteadBlock',
    );
  });

  it('has a problem where a limit of signers has no signers to limit', () => {
    const { clique: _, ...config } = testGenesisJson()['config'] as Json;
    expect(problemOf(changed('config', { ...config, lockstep: { signerLimit: 1 } }))?.path).toBe(
      'config.lockstep.signerLimit',
    );
  });

  it.each<[string, unknown]>([
    ['config.clique.period', 1],
    ['gasLimit', 5000],
    ['gasLimit', '36000000'],
    ['gasLimit', '0x1fffffffffffff'],
    ['config.lockstep', { signerLimit: 5 }],
    ['config.daoForkBlock', 0],
    ['config.somethingOfGeth', 'x'],
    ['config.mergeNetsplitBlock', null],
    ['parentHash', ZERO_HASH],
    [`alloc.${ADDRESS}.balance`, '1000'],
    [`alloc.${ADDRESS}.balance`, '0x03e8'],
    [`alloc.${ADDRESS}.code`, ''],
    [`alloc.${ADDRESS}.storage`, { '1': '2' }],
  ])('has no problem at %s = %j', (path, value) => {
    expect(problemOf(changed(path, value))).toBeNull();
  });
});

describe('a fork schedule', () => {
  const blocks = {
    homesteadBlock: 0,
    eip150Block: 0,
    eip155Block: 0,
    eip158Block: 0,
    byzantiumBlock: 5,
    constantinopleBlock: 5,
  };
  const base = { difficulty: '0x1', gasLimit: 5000, alloc: {} };
  const schedule = (config: Json) => parsed({ ...base, config: { chainId: 1, ...config } }).config.forks;

  it('ends with the last fork that is set, and keeps one entry for each height', () => {
    expect(schedule(blocks).map(({ fork, block }) => [fork, block])).toEqual([
      ['SpuriousDragon', undefined],
      ['Constantinople', 5],
    ]);
  });

  it('begins with Frontier where nothing is active at genesis', () => {
    const { config } = parsed({ ...base, config: { chainId: 1, homesteadBlock: 1_150_000 } });
    expect(forkAt(config, 1_149_999, 0).fork).toBe('Frontier');
    expect(forkAt(config, 1_150_000, 0).fork).toBe('Homestead');
  });

  it('follows block numbers, then times, with the blobs of each', () => {
    const config = {
      ...blocks,
      petersburgBlock: 6,
      istanbulBlock: 7,
      berlinBlock: 8,
      londonBlock: 9,
      mergeNetsplitBlock: 10,
      terminalTotalDifficulty: 58_750_000_000_000_000_000_000,
      shanghaiTime: 100,
      cancunTime: 200,
      pragueTime: 300,
      osakaTime: 400,
      bpo1Time: 500,
      blobSchedule: { bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8_346_193 } },
    };
    const genesis = parsed({ ...base, config: { chainId: 1, ...config } });
    const at = (number: number, time: number) => forkAt(genesis.config, number, time);
    expect([at(9, 0).fork, at(10, 99).fork, at(11, 100).fork, at(11, 199).fork]).toEqual([
      'London',
      'Paris',
      'Shanghai',
      'Shanghai',
    ]);
    expect([at(12, 200), at(12, 300), at(12, 499), at(12, 500)].map(({ fork, blobs }) => [fork, blobs.max])).toEqual([
      ['Cancun', 6],
      ['Prague', 9],
      ['Osaka', 9],
      ['Osaka', 15],
    ]);
  });

  it('has the merge behind the terminal total difficulty, unless the genesis has it already', () => {
    const config = { ...blocks, petersburgBlock: 5, istanbulBlock: 5, berlinBlock: 5, londonBlock: 5 };
    const forks = schedule({ ...config, terminalTotalDifficulty: 2, shanghaiTime: 9 });
    expect(forks.slice(-3)).toMatchObject([
      { fork: 'London', block: 5 },
      { fork: 'Paris', terminalTotalDifficulty: 2n },
      { fork: 'Shanghai', time: 9 },
    ]);
    const genesis = parsed({ ...base, config: { chainId: 1, ...config, terminalTotalDifficulty: 2, shanghaiTime: 9 } });
    const at = (timestamp: number, difficulty: bigint) =>
      forkOf(genesis.config, { number: 7, timestamp, difficulty }).fork;
    expect([at(8, 131_072n), at(8, 0n), at(9, 0n)]).toEqual(['London', 'Paris', 'Shanghai']);
    const early = { ...base, config: { chainId: 1, ...config, terminalTotalDifficulty: 2, shanghaiTime: 0 } };
    for (const name of Object.keys(early.config).filter((key) => key.endsWith('Block')))
      early.config = { ...early.config, [name]: 0 };
    expect(problemOf(early)?.path).toBe('config.terminalTotalDifficulty');
    const atOnce = { homesteadBlock: 0, terminalTotalDifficulty: 1, chainId: 1 };
    expect(problemOf({ ...base, config: atOnce })?.message).toContain('is set though');
  });
});

const RPC_PACKS = ['cancun-genesis', 'prague-genesis', 'osaka-all-forks'];

describe.skipIf(!hasVectors('trie-rlp-tx/basic.jsonl.gz'))('known genesis blocks', () => {
  it('have the header that the main network has', () => {
    const file = readPackedJson('trie-rlp-tx/basic.jsonl.gz').find(({ path }) =>
      path.endsWith('genesishashestest.json'),
    );
    const { genesis_rlp_hex, genesis_hash, genesis_state_root } = file!.json as Record<string, string>;
    const [item] = asList(decodeRlp(hexToBytes(`0x${genesis_rlp_hex}`)), 'block');
    const header = headerFromItem(item!);
    const genesis = parsed({
      config: { chainId: 1, homesteadBlock: 1_150_000 },
      nonce: '0x42',
      extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
      gasLimit: 5000,
      difficulty: '0x400000000',
      alloc: {},
    });
    const ours = createGenesisBlock(genesis).block.header;
    expect({ ...ours, stateRoot: `0x${genesis_state_root}` }).toEqual(header);
    expect(headerHash(header)).toBe(`0x${genesis_hash}`);
  });

  it('have the state roots of the historic genesis tests', () => {
    const file = readPackedJson('trie-rlp-tx/basic.jsonl.gz').find(({ path }) =>
      path.endsWith('basic_genesis_tests.json'),
    );
    for (const test of Object.values(file!.json as Record<string, { alloc: Json; result: string }>)) {
      const [header] = asList(decodeRlp(hexToBytes(`0x${test.result}`)), 'block');
      const alloc = Object.entries(test.alloc).map(([address, account]) => {
        const { wei, balance, code, storage } = account as Record<string, string | undefined>;
        return [address, { balance: balance ?? wei ?? '0', ...(code && { code }), ...(storage && { storage }) }];
      });
      const { alloc: read } = parsed({
        config: { chainId: 1, homesteadBlock: 1 },
        gasLimit: 5000,
        difficulty: 1,
        alloc: Object.fromEntries(alloc),
      });
      expect(createStateFromAlloc(read).root).toBe(asHex(asList(header, 'header')[3], 'stateRoot', 32));
    }
  });

  it.each(RPC_PACKS)('of %s is the parent of the first block of its chain', (pack) => {
    const files = readGzipLines(`rpc-compat/${pack}.jsonl.gz`) as PackedFile[];
    const find = (name: string) => files.find(({ path }) => path === `tests/${name}`)!;
    const genesis = parsed(JSON.parse(find('genesis.json').data)) satisfies Genesis;
    const [first] = decodeRlpSequence(Buffer.from(find('chain.rlp').data, 'base64'));
    const [header] = asList(first, 'block');
    const parentHash = bytesToHex(asBytes(asList(header, 'header')[0], 'parentHash'));
    expect(blockHash(createGenesisBlock(genesis).block)).toBe(parentHash);
  });
});
