import { describe, expect, it } from 'vitest';
import { validateBody } from '../../node/chain/validate-body.ts';
import { ZERO_HASH } from '../../node/types/header.ts';
import { createTestChain, sealNext } from './fixture.ts';

describe('the judgement of a body', () => {
  it('is of this block object under this configuration, however often it is asked for', () => {
    const chain = createTestChain();
    const block = sealNext(chain);
    const wrong = { ...block, header: { ...block.header, transactionsRoot: ZERO_HASH } };
    for (let round = 0; round < 2; round++) {
      expect(validateBody(chain.config, block)).toBe(null);
      expect(validateBody(chain.config, wrong)).toMatchObject({ code: 'block-transactions-root' });
    }
    const blobs = { ...block, header: { ...block.header, blobGasUsed: 131_072 } };
    for (const config of [chain.config, { ...chain.config }, chain.config])
      expect(validateBody(config, blobs)).toMatchObject({ code: 'header-blob-gas' });
  });
});
