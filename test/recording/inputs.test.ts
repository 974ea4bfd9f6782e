// Every input comes back from its bytes as it was, and bytes that are none are refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ask, type Input, TOPICS } from '../../node/core/contract.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import { DecodeError, decodeRlp, encodeRlp } from '../../node/lib/rlp.ts';
import { decodeInput, encodeInput, inputText } from '../../node/recording/inputs.ts';

const id = fc.nat();
const peer = fc.string({ minLength: 1, unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 300 });
const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((raw): Hex => `0x${Buffer.from(raw).toString('hex')}`);
const ask: fc.Arbitrary<Ask> = fc.oneof(
  fc.record({ kind: fc.constant('submit-transaction' as const), bytes }),
  fc.record({
    kind: fc.constant('propose' as const),
    proposal: fc.record({ candidate: address, authorize: fc.boolean() }),
  }),
  fc.record({ kind: fc.constant('discard' as const), candidate: address }),
  fc.record({ kind: fc.constant('set-sealing' as const), enabled: fc.boolean() }),
  fc.record({ kind: fc.constant('set-sealing' as const), enabled: fc.boolean(), upTo: fc.nat() }),
);
const input: fc.Arbitrary<Input> = fc.oneof(
  fc.constant({ kind: 'wake' as const }),
  fc.record({ kind: fc.constant('peer-up' as const), peer, name: fc.option(fc.constantFrom('n1', 'f12')) }),
  fc.record({ kind: fc.constant('peer-down' as const), peer }),
  fc.record({ kind: fc.constant('congested' as const), peer, congested: fc.boolean() }),
  fc.record({ kind: fc.constant('gossip' as const), from: peer, id: peer, topic: fc.constantFrom(...TOPICS), bytes }),
  fc.record({ kind: fc.constant('request' as const), from: peer, id, bytes }),
  fc.record({ kind: fc.constant('response' as const), id, bytes: fc.option(bytes) }),
  fc.record({ kind: fc.constant('ask' as const), id, ask }),
);

describe('an input', () => {
  it('comes back from its bytes, whatever it is', () => {
    fc.assert(
      fc.property(input, (given) => {
        expect(decodeInput(decodeRlp(encodeRlp(encodeInput(given))))).toEqual(given);
        expect(inputText(given)).not.toContain('\n');
      }),
      { numRuns: 500 },
    );
  });

  it.each(['nothing', 'gossip', 'ask'])('is refused where it is %s without its fields', (kind) => {
    expect(() => decodeInput([new TextEncoder().encode(kind)])).toThrow(DecodeError);
  });
});
