// Writes bytecode while it counts the words on the stack, so that a generator never asks for one that is not there.

import { tableOf } from '../../node/evm/table.ts';
import { bigintToBytes } from '../../node/lib/bytes.ts';

/** Opcodes by name, of the newest fork. */
const OPCODES = new Map(tableOf('Osaka').map((opcode) => [opcode.name, opcode]));
const INVALID = 0xfe;
const PUSH0 = 0x5f;
const PUSH1 = 0x60;
const PUSH2 = 0x61;
const JUMPDEST = 0x5b;

/** A place to jump to, before it is known where it is. */
export type Label = { position: number | null; readonly uses: number[] };

export type Bytecode = {
  /** The words that are on the stack here, where the code was reached from its beginning. */
  readonly height: () => number;
  readonly size: () => number;
  /** An opcode by its name; the stack must hold what it takes. */
  readonly op: (...names: readonly string[]) => void;
  /** Pushes a number by the shortest PUSH. */
  readonly push: (...words: readonly (number | bigint)[]) => void;
  /** Pushes bytes with their length, 1 to 32 of them. */
  readonly pushBytes: (bytes: Uint8Array) => void;
  readonly label: () => Label;
  readonly pushLabel: (label: Label) => void;
  readonly place: (label: Label) => void;
  /** Says how many words there are where the count cannot know: behind a jump. */
  readonly setHeight: (height: number) => void;
  /** Bytes as they are, of which the count knows nothing. */
  readonly raw: (bytes: Uint8Array | readonly number[]) => void;
  /** Pushes the size of data that will stand behind the code, and on top its position; uses of the same bytes share them. */
  readonly pushData: (data: Uint8Array) => void;
  /** The code, with its data behind it. */
  readonly finish: () => Uint8Array;
};

/** Starts with nothing. Code without PUSH0 is for forks that do not have it. */
export function createBytecode(options: { readonly hasPush0: boolean }): Bytecode {
  const bytes: number[] = [];
  const data: { readonly bytes: Uint8Array; readonly uses: number[] }[] = [];
  let height = 0;

  const patch = (at: number, position: number): void => {
    bytes[at] = position >> 8;
    bytes[at + 1] = position & 0xff;
  };
  const pushPosition = (): number => {
    bytes.push(PUSH2, 0, 0);
    height++;
    return bytes.length - 2;
  };
  const op = (...names: readonly string[]): void => {
    for (const name of names) {
      const opcode = OPCODES.get(name);
      bytes.push(name === 'INVALID' ? INVALID : codeOf(name));
      height += opcode === undefined ? 0 : opcode.gives - opcode.takes;
    }
  };
  const pushBytes = (word: Uint8Array): void => {
    bytes.push(PUSH0 + word.length, ...word);
    height++;
  };

  return {
    height: () => height,
    size: () => bytes.length,
    op,
    push(...words) {
      for (const word of words) {
        if (word >= 0 && word < 256) {
          if (Number(word) === 0 && options.hasPush0) bytes.push(PUSH0);
          else bytes.push(PUSH1, Number(word));
          height++;
        } else pushBytes(bigintToBytes(BigInt(word)));
      }
    },
    pushBytes,
    label: () => ({ position: null, uses: [] }),
    pushLabel(label) {
      const at = pushPosition();
      if (label.position === null) label.uses.push(at);
      else patch(at, label.position);
    },
    place(label) {
      label.position = bytes.length;
      for (const at of label.uses) patch(at, bytes.length);
      bytes.push(JUMPDEST);
    },
    setHeight(next) {
      height = next;
    },
    raw(more) {
      for (const byte of more) bytes.push(byte);
    },
    pushData(piece) {
      let known = data.find((other) => other.bytes === piece);
      if (known === undefined) {
        known = { bytes: piece, uses: [] };
        data.push(known);
      }
      bytes.push(PUSH2, piece.length >> 8, piece.length & 0xff);
      height++;
      known.uses.push(pushPosition());
    },
    finish() {
      for (const piece of data) {
        for (const at of piece.uses) patch(at, bytes.length);
        for (const byte of piece.bytes) bytes.push(byte);
      }
      return Uint8Array.from(bytes);
    },
  };
}

/** The byte of an opcode. */
export function codeOf(name: string): number {
  const opcode = OPCODES.get(name);
  if (opcode === undefined) throw new Error(`no opcode ${name}`);
  return opcode.code;
}
