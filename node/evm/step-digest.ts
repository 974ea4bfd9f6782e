// A running digest over step records, so that two machines' long runs are compared by a few marks instead of step by step. 64 bits of a
// multiplicative hash: it finds where runs part, it proves nothing against somebody who wants to deceive.

import type { StepRecord, Written } from './step-record.ts';

/** A mark stands behind every so many steps. */
export const STEPS_PER_MARK = 256;
/** Words from the top that enter the digest; all recorded ones behind a SWAP, which changes a deep one. */
const DIGESTED_WORDS = 4;
const SWAP1 = 0x90;
const SWAP16 = 0x9f;

export type StepDigest = {
  readonly add: (record: StepRecord) => void;
  readonly steps: () => number;
  /** The digest of everything so far, 16 hex digits. */
  readonly value: () => string;
  /** The digest behind every 256th step. */
  readonly marks: () => readonly string[];
};

/** Begins a digest of nothing. */
export function createStepDigest(): StepDigest {
  let [a, b] = [0x811c9dc5 | 0, 0x9e3779b9 | 0];
  let steps = 0;
  let lastOpcode = 0;
  const marks: string[] = [];

  const mix = (value: number): void => {
    a = Math.imul(a ^ value, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ value, 0x85ebca6b | 0);
    b ^= b >>> 13;
  };
  const mixWord = (word: bigint): void => {
    let rest = word;
    do {
      mix(Number(BigInt.asUintN(32, rest)));
      rest >>= 32n;
    } while (rest > 0n);
  };
  const mixText = (text: string): void => {
    for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  };
  const mixWritten = (written: Written): void => {
    mixText(written.kind);
    switch (written.kind) {
      case 'memory':
        mix(written.offset);
        return mixText(written.bytes);
      case 'storage':
      case 'transient':
        mixWord(written.slot);
        return mixWord(written.value);
      case 'log':
        for (const topic of written.topics) mixText(topic);
        return mixText(written.data);
      case 'returned':
        mixText(written.bytes);
        return mixText(written.memory);
    }
  };
  const value = (): string => `${hex(a)}${hex(b)}`;

  return {
    add(record) {
      const { pc, opcode, depth, gasLeft, gasCost, refund, stack, stackHeight, written } = record;
      mix(pc);
      mix((opcode << 16) ^ depth);
      mixWord(BigInt(gasLeft));
      mixWord(BigInt(gasCost));
      mix(refund);
      mix(stackHeight);
      const isAll = lastOpcode >= SWAP1 && lastOpcode <= SWAP16;
      for (let i = isAll ? 0 : Math.max(0, stack.length - DIGESTED_WORDS); i < stack.length; i++)
        mixWord(stack[i] ?? 0n);
      if (written !== null) mixWritten(written);
      lastOpcode = opcode;
      steps += 1;
      if ((steps & (STEPS_PER_MARK - 1)) === 0) marks.push(value());
    },
    steps: () => steps,
    value,
    marks: () => marks,
  };
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
