// 0xa0 to 0xa4: logs (Yellow Paper, appendix H.2).

import { wordToHex } from '../../lib/bytes.ts';
import type { Hash } from '../../types/transaction.ts';
import { type Frame, halt, peek, pop } from '../frame.ts';
import { expansionGas, readBytes, UNAFFORDABLE } from '../memory.ts';
import { define, type Opcode } from '../opcode.ts';

const TOPIC_GAS = 375;
/** Of data. */
export const BYTE_GAS = 8;

/** LOG0 to LOG4: offset and size of the data, then the topics. Not where nothing may be changed (EIP-214). */
export const LOGS: readonly Opcode[] = [0, 1, 2, 3, 4].map((topics) =>
  define(
    0xa0 + topics,
    `LOG${topics}`,
    { takes: 2 + topics, gives: 0, gas: 375 + topics * TOPIC_GAS, dynamicGas: dataGas },
    (frame) => {
      if (frame.isStatic) return halt(frame, 'static-violation');
      const data = readBytes(frame.memory, pop(frame), pop(frame));
      const words: Hash[] = [];
      for (let i = 0; i < topics; i++) words.push(wordToHex(pop(frame)));
      frame.execution.journal.addLog({ address: frame.address, topics: words, data });
    },
  ),
);

function dataGas(frame: Frame): number {
  const expansion = expansionGas(frame.memory, peek(frame, 0), peek(frame, 1));
  return expansion >= UNAFFORDABLE ? UNAFFORDABLE : expansion + BYTE_GAS * Number(peek(frame, 1));
}
