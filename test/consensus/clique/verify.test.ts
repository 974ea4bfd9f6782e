// Every rule of a Clique header, at its boundary and for the right reason.

import { describe, expect, it } from 'vitest';
import { encodeExtraData } from '../../../node/consensus/clique/extra-data.ts';
import { recoverSealer } from '../../../node/consensus/clique/seal.ts';
import {
  bigintToBytes,
  bytesToBigint,
  concatBytes,
  EMPTY_BYTES,
  hexToBytes,
  utf8ToBytes,
} from '../../../node/lib/bytes.ts';
import { keccakHex } from '../../../node/lib/hashing.ts';
import { SECP256K1_N, type SignatureBackend, signatureReference, useSignatures } from '../../../node/lib/signatures.ts';
import { decodeHeader, encodeHeader, type Header, ZERO_HASH } from '../../../node/types/header.ts';
import { isRejection } from '../../../node/types/rejection.ts';
import { accounts, chainOf, extend, genesisHeader, grow, hashOf, patch, reseal, sealChild, verify } from './kit.ts';

/** A valid first block of n signers, by the one in turn. */
function firstBlock(count = 4) {
  const chain = chainOf(count);
  const inTurn = chain.signers[1 % count]!;
  return { ...chain, inTurn, header: sealChild(chain.engine, chain.genesis, inTurn) };
}

describe('a sealed header', () => {
  it.each([1, 4, 5, 9])('of each of %i signers is accepted after a round trip through its encoding', (count) => {
    const { engine, genesis, signers } = chainOf(count);
    for (const signer of signers) {
      const decoded = decodeHeader(encodeHeader(sealChild(engine, genesis, signer)));
      if (isRejection(decoded)) throw new Error(decoded.message);
      expect(engine.verifyHeader(decoded, genesis.header, genesis.snapshot)).toBeNull();
      expect(engine.sealer(decoded)).toBe(signer.address);
      expect(engine.isInTurn(decoded)).toBe(signer === signers[1 % count]);
      expect(engine.executionFields(decoded)).toEqual({ coinbase: signer.address, prevRandao: decoded.mixHash });
    }
  });

  it('has the same size as before the seal', () => {
    const { engine, genesis, header } = firstBlock();
    const prepared = engine.prepare(genesis.header, genesis.snapshot, header.miner, Number(header.timestamp), []);
    expect(header.extraData.length).toBe(prepared.extraData.length);
  });

  it('is recovered once, however often it is verified and asked for its sealer', () => {
    const { engine, genesis, header } = firstBlock();
    let recovered = 0;
    const counting: SignatureBackend = {
      ...signatureReference,
      recover: (...args) => {
        recovered++;
        return signatureReference.recover(...args);
      },
    };
    useSignatures(counting);
    try {
      verify(engine, genesis, header);
      verify(engine, genesis, header);
      engine.sealer(header);
      recoverSealer(header);
    } finally {
      useSignatures(signatureReference);
    }
    expect(recovered).toBe(1);
  });

  it('has no sealer if it is the genesis', () => {
    const { engine, genesis } = chainOf(3);
    expect(engine.sealer(genesis.header)).toBe(`0x${'00'.repeat(20)}`);
    expect(engine.isInTurn(genesis.header)).toBe(false);
  });
});

describe('the fields of a header', () => {
  it('refuses a number that is not the next', () => {
    const { engine, genesis, header, inTurn } = firstBlock();
    expect(verify(engine, genesis, reseal(header, inTurn, { number: 2 }))).toBe('header-number');
    expect(verify(engine, genesis, reseal(header, inTurn, { number: 0 }))).toBe('header-number');
  });

  it('refuses extraData of one byte too many or too few, and none at all', () => {
    const { engine, genesis, header } = firstBlock();
    const { extraData } = header;
    for (const wrong of [concatBytes(extraData, Uint8Array.of(0)), extraData.subarray(1), EMPTY_BYTES])
      expect(verify(engine, genesis, { ...header, extraData: wrong })).toBe('header-extra-data');
  });

  it('accepts a timestamp of exactly parent + period and refuses one second less', () => {
    const { engine, signers, genesis } = chainOf(4, { period: 3 });
    const signer = signers[1]!;
    const fields = engine.prepare(
      genesis.header,
      genesis.snapshot,
      signer.address,
      Number(genesis.header.timestamp) + 3,
      [],
    );
    const child: Header = { ...genesis.header, ...fields, parentHash: genesis.snapshot.hash, number: 1 };
    expect(verify(engine, genesis, reseal(child, signer))).toBeNull();
    expect(verify(engine, genesis, reseal(child, signer, { timestamp: Number(child.timestamp) - 1 }))).toBe(
      'header-timestamp',
    );
    expect(verify(engine, genesis, reseal(child, signer, { timestamp: Number(child.timestamp) + 1_000 }))).toBeNull();
  });

  it('refuses a nonce that is not zero', () => {
    const { engine, genesis, header, inTurn } = firstBlock();
    expect(verify(engine, genesis, reseal(header, inTurn, { nonce: '0xffffffffffffffff' }))).toBe('header-nonce');
  });

  it.each([0n, 3n])('refuses the difficulty %s', (difficulty) => {
    const { engine, genesis, header, inTurn } = firstBlock();
    expect(verify(engine, genesis, reseal(header, inTurn, { difficulty }))).toBe('header-difficulty');
  });

  it('refuses difficulties 1 and 2 where they are swapped', () => {
    const { engine, genesis, header, inTurn, signers } = firstBlock();
    expect(verify(engine, genesis, reseal(header, inTurn, { difficulty: 1n }))).toBe('seal-difficulty');
    const outOfTurn = sealChild(engine, genesis, signers[2]!, { edit: { difficulty: 2n } });
    expect(verify(engine, genesis, outOfTurn)).toBe('seal-difficulty');
  });

  it('expects the mixHash to chain the mixes and the seals', () => {
    const chain = chainOf(4);
    const [, first] = grow(chain, [1]);
    const second = sealChild(chain.engine, first!, chain.signers[2]!);
    const seal = first!.header.extraData.subarray(-65);
    expect(second.mixHash).toBe(keccakHex(concatBytes(hexToBytes(first!.header.mixHash), seal)));
    expect(verify(chain.engine, first!, reseal(second, chain.signers[2]!, { mixHash: ZERO_HASH }))).toBe(
      'header-mix-hash',
    );
  });
});

describe('a vote in the vanity', () => {
  it('is refused with an unknown marker', () => {
    const { engine, genesis, header, inTurn } = firstBlock();
    const extraData = patch(header.extraData, 0, Uint8Array.of(3));
    expect(verify(engine, genesis, reseal(header, inTurn, { extraData }))).toBe('seal-vote');
  });

  it('is refused with a byte behind the candidate', () => {
    const { engine, genesis, inTurn } = firstBlock();
    const candidate = accounts(9).at(-1)!.address;
    const header = sealChild(engine, genesis, inTurn, { proposals: [{ candidate, authorize: true }] });
    expect(verify(engine, genesis, header)).toBeNull();
    const last = reseal(header, inTurn, { extraData: patch(header.extraData, 31, Uint8Array.of(1)) });
    expect(verify(engine, genesis, last)).toBe('seal-vote');
    const first = reseal(header, inTurn, { extraData: patch(header.extraData, 21, Uint8Array.of(1)) });
    expect(verify(engine, genesis, first)).toBe('seal-vote');
  });

  it('leaves room for text where there is none', () => {
    const { engine, genesis, header, inTurn } = firstBlock();
    const extraData = patch(header.extraData, 1, utf8ToBytes('thirty-one bytes of free text!!'));
    expect(verify(engine, genesis, reseal(header, inTurn, { extraData }))).toBeNull();
  });
});

describe('a checkpoint', () => {
  /** Two blocks of an epoch of three: the next one is a checkpoint, in turn for the signer 0. */
  function beforeCheckpoint() {
    const chain = chainOf(3, { epoch: 3 });
    const parent = grow(chain, [1, 2]).at(-1)!;
    return { ...chain, parent, header: sealChild(chain.engine, parent, chain.signers[0]!), signer: chain.signers[0]! };
  }

  it('lists the signers, and the block behind it does not', () => {
    const { engine, parent, header, signers, genesis } = beforeCheckpoint();
    expect(header.extraData.subarray(32, -65)).toEqual(genesis.header.extraData.subarray(32, -65));
    const checkpoint = extend(engine, parent, header);
    expect(sealChild(engine, checkpoint, signers[1]!).extraData.length).toBe(32 + 65);
  });

  it('is refused with a vote', () => {
    const { engine, parent, header, signer } = beforeCheckpoint();
    const extraData = patch(header.extraData, 0, Uint8Array.of(1));
    expect(verify(engine, parent, reseal(header, signer, { extraData }))).toBe('seal-vote');
  });

  it('takes no vote from the proposals', () => {
    const { engine, parent, signer } = beforeCheckpoint();
    const candidate = accounts(9).at(-1)!.address;
    const header = sealChild(engine, parent, signer, { proposals: [{ candidate, authorize: true }] });
    expect(verify(engine, parent, header)).toBeNull();
    expect(header.extraData[0]).toBe(0);
  });

  it('is refused with a signer too few or too many by its size', () => {
    const { engine, parent, header, signer, signers } = beforeCheckpoint();
    const addresses = signers.map((each) => each.address);
    for (const listed of [addresses.slice(1), [], [...addresses, addresses[0]!]]) {
      const wrong = reseal(header, signer, { extraData: encodeExtraData(null, listed) });
      expect(verify(engine, parent, wrong)).toBe('header-extra-data');
    }
  });

  it('is refused with other signers, or with the right ones out of order', () => {
    const { engine, parent, header, signer, signers } = beforeCheckpoint();
    const [a, b, c] = signers.map((each) => each.address);
    const stranger = `0x${'ff'.repeat(20)}` as const;
    for (const listed of [
      [a!, b!, stranger],
      [b!, a!, c!],
      [a!, b!, b!],
    ]) {
      const wrong = reseal(header, signer, { extraData: encodeExtraData(null, listed) });
      expect(verify(engine, parent, wrong)).toBe('seal-signers');
    }
  });
});

describe('a seal', () => {
  it('is refused from a stranger, whoever stands as the miner', () => {
    const { engine, genesis, header } = firstBlock();
    const stranger = accounts(9).find((account) => !genesis.snapshot.signers.includes(account.address))!;
    expect(verify(engine, genesis, reseal(header, stranger))).toBe('seal-unauthorized');
    expect(verify(engine, genesis, reseal(header, stranger, { miner: stranger.address }))).toBe('seal-unauthorized');
  });

  it('is refused where another one is the miner', () => {
    const { engine, genesis, header, signers, inTurn } = firstBlock();
    expect(verify(engine, genesis, reseal(header, inTurn, { miner: signers[2]!.address }))).toBe('seal-miner');
    expect(verify(engine, genesis, reseal(header, inTurn, { miner: `0x${'00'.repeat(20)}` }))).toBe('seal-miner');
  });

  it.each([2, 27, 28])('is refused with v = %i', (v) => {
    const { engine, genesis, header } = firstBlock();
    const extraData = patch(header.extraData, header.extraData.length - 1, Uint8Array.of(v));
    expect(verify(engine, genesis, { ...header, extraData })).toBe('seal-signature');
  });

  it('is refused with the high s that the same key could have made', () => {
    const { engine, genesis, header } = firstBlock();
    const { extraData } = header;
    const s = bytesToBigint(extraData.subarray(-33, -1));
    const v = extraData.at(-1)!;
    const mirrored = patch(
      extraData,
      extraData.length - 33,
      concatBytes(bigintToBytes(SECP256K1_N - s), Uint8Array.of(1 - v)),
    );
    expect(verify(engine, genesis, { ...header, extraData: mirrored })).toBe('seal-signature');
  });

  it('is refused if it is all zeros', () => {
    const { engine, genesis, header } = firstBlock();
    const extraData = patch(header.extraData, 32, new Uint8Array(65));
    expect(verify(engine, genesis, { ...header, extraData })).toBe('seal-signature');
  });

  it('covers every field of the header and the vanity', () => {
    const { engine, genesis, header } = firstBlock();
    const edits: Partial<Header>[] = [
      { stateRoot: hashOf('state') },
      { transactionsRoot: hashOf('transactions') },
      { gasUsed: 21_000 },
      { timestamp: Number(header.timestamp) + 1 },
      { baseFeePerGas: 7n },
      { extraData: patch(header.extraData, 5, Uint8Array.of(1)) },
    ];
    for (const edit of edits) {
      const code = verify(engine, genesis, { ...header, ...edit });
      expect(['seal-unauthorized', 'seal-signature']).toContain(code); // some other key or none
    }
  });
});

describe('the recents rule', () => {
  it.each([
    { count: 2, limit: 2 },
    { count: 3, limit: 2 },
    { count: 4, limit: 3 },
    { count: 5, limit: 3 },
  ])('lets one of $count signers seal again after $limit blocks and not one earlier', ({ count, limit }) => {
    const chain = chainOf(count);
    const { engine, signers } = chain;
    expect(engine.signersNeeded(chain.genesis.snapshot)).toBe(limit);
    // Signer 0 seals block 1; others follow.
    const order = Array.from({ length: limit }, (_, index) => index);
    const links = grow(chain, order);
    const early = links[limit - 1]!; // its child is block `limit`, L − 1 behind
    expect(verify(engine, early, sealChild(engine, early, signers[0]!))).toBe('seal-recently-signed');
    const late = links[limit]!;
    expect(verify(engine, late, sealChild(engine, late, signers[0]!))).toBeNull();
  });

  it('is off with a configured limit of 1', () => {
    const chain = chainOf(4, { signerLimit: 1 });
    expect(chain.engine.signersNeeded(chain.genesis.snapshot)).toBe(1);
    expect(grow(chain, [0, 0, 0, 0, 0]).at(-1)!.snapshot.recents).toEqual([]);
  });

  it('is wider with floor(2N/3)+1, and never wider than N', () => {
    const five = chainOf(5, { signerLimit: 4 });
    const links = grow(five, [0, 1, 2, 3]);
    expect(verify(five.engine, links[3]!, sealChild(five.engine, links[3]!, five.signers[0]!))).toBe(
      'seal-recently-signed',
    );
    expect(verify(five.engine, links[4]!, sealChild(five.engine, links[4]!, five.signers[0]!))).toBeNull();

    const two = chainOf(2, { signerLimit: 4 });
    expect(two.engine.signersNeeded(two.genesis.snapshot)).toBe(2);
    expect(grow(two, [0, 1, 0, 1]).length).toBe(5);
  });

  it('says from which block on the signer may seal', () => {
    const chain = chainOf(5);
    const links = grow(chain, [0, 1]);
    const header = sealChild(chain.engine, links[2]!, chain.signers[0]!);
    expect(chain.engine.verifyHeader(header, links[2]!.header, links[2]!.snapshot)).toMatchObject({
      code: 'seal-recently-signed',
      expected: '4 or later',
      actual: '3',
    });
  });
});

describe('a genesis', () => {
  const { engine } = chainOf(1);
  const [a, b] = accounts(2).map((account) => account.address);

  it('names its signers', () => {
    const header = genesisHeader([a!, b!]);
    expect(engine.genesisSnapshot(header)).toMatchObject({ number: 0, signers: [a, b], recents: [], votes: [] });
  });

  it('may say anything in its vanity', () => {
    const extraData = patch(encodeExtraData(null, [a!]), 0, utf8ToBytes('Respect my authoritah!'));
    expect(engine.genesisSnapshot(genesisHeader([], extraData))).toMatchObject({ signers: [a] });
  });

  it.each([
    ['empty', encodeExtraData(null, []), 'seal-signers', 'the list is empty'],
    ['not ascending', encodeExtraData(null, [b!, a!]), 'seal-signers', 'not ascending'],
    ['a duplicate', encodeExtraData(null, [a!, a!]), 'seal-signers', 'named twice'],
    ['a byte short', encodeExtraData(null, [a!]).subarray(1), 'header-extra-data', 'a multiple of 20, got 19'],
    ['nothing', EMPTY_BYTES, 'header-extra-data', 'at least 97, got 0'],
    ['sealed', patch(encodeExtraData(null, [a!]), 116, Uint8Array.of(1)), 'seal-signature', '65 zero bytes'],
  ])('is refused with a list that is: %s', (_, extraData, code, message) => {
    const refusal = engine.genesisSnapshot(genesisHeader([], extraData));
    expect(refusal).toMatchObject({ kind: 'rejection', code, message: expect.stringContaining(message) });
  });
});
