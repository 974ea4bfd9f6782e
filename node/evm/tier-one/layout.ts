// Where things are in tier 1's linear memory. All addresses are bytes; words of the machine are four 64-bit limbs, the lowest first.
//
//   control, scratch, transaction words, opcode table │ warm slots │ operand stacks, growing down │ decoded code │ frames' memories, growing up

/** What the driver and the interpreter hand each other when a run begins, ends, or asks the host. */
export const CONTROL = {
  /** The instruction. */
  ip: 0,
  /** The top of the operand stack. */
  sp: 4,
  /** What is left of the slice of steps. */
  steps: 8,
  /** The size of the frame's memory, a multiple of 32. */
  msize: 12,
  memory: 16,
  /** Where the frame's operand stack begins; below it lie FRAME_WORDS. */
  base: 20,
  code: 24,
  codeSize: 28,
  /** For each byte of code, the block that begins there with a JUMPDEST, or zero. */
  jumps: 32,
  input: 36,
  inputSize: 40,
  returnDataSize: 44,
  /** An f64: gas is below 2^53. */
  gas: 48,
  /** The block that runs. */
  header: 56,
  /** Whose storage: entries of other tags are others' or out of date. */
  slotTag: 60,
  /** Where a slot that was not found would be. */
  slotEntry: 64,
  isStatic: 68,
  /** What SSTORE has added to the refund since the last flush, and how many slots it has written. */
  refund: 72,
  written: 76,
  /** The heat that a new header begins with. */
  heat: 192,
  /** Steps of blocks that compiled code has entered. */
  compiledSteps: 196,
  /** The gas that compiled code leaves, 64 bits. */
  compiledGas: 200,
} as const;

/** Operands and digits of long arithmetic, and keccak's last block. */
export const SCRATCH = 0x100;

/** Constant words of the transaction and the block, in this order. */
export const TRANSACTION_WORDS = [
  'ORIGIN',
  'GASPRICE',
  'COINBASE',
  'TIMESTAMP',
  'NUMBER',
  'PREVRANDAO',
  'GASLIMIT',
  'CHAINID',
  'BASEFEE',
  'BLOBBASEFEE',
] as const;
export const TRANSACTION = 0x1000;

/** The round constants of keccak. */
export const KECCAK_CONSTANTS = 0x1800;

/** Constant words of a frame, from its base upwards, in this order. */
export const FRAME_WORDS = ['ADDRESS', 'CALLER', 'CALLVALUE'] as const;

export const WORD_BYTES = 32;
export const PAGE_BYTES = 0x10000;
export const STACK_BYTES = 1024 * WORD_BYTES;

/** An entry: dense opcode (16 bits), words taken, words given (8 each), gas (32), form, dense opcode with a constant (16 each), operand (32). */
export const OPCODE_TABLE = 0x2000;
export const OPCODE_ENTRY_BYTES = 16;

/** Warm slots, each in the one place that its hash names, and a list of the entries that were written to. */
export const SLOTS_BITS = 12;
export const SLOT = { slot: 0, value: 32, original: 64, tag: 96, isWritten: 100, bytes: 128 } as const;
export const SLOTS = 0x10000;
export const WRITTEN = SLOTS + (SLOT.bytes << SLOTS_BITS);

/** Room for 1,025 full stacks and the words of their frames. */
const STACK_BOTTOM = WRITTEN + (4 << SLOTS_BITS);
export const STACK_TOP = STACK_BOTTOM + 1026 * (STACK_BYTES + FRAME_WORDS.length * WORD_BYTES);
export const CODE_START = STACK_TOP;
export const CODE_BYTES = 48 * 1024 * 1024;
export const MEMORY_START = (CODE_START + CODE_BYTES + PAGE_BYTES - 1) & -PAGE_BYTES;

/** A block's header: opcode and position (16 bits each), gas, stack bytes needed, stack bytes added at most, steps, heat (32 each). */
export const HEADER = { position: 2, gas: 4, needs: 8, grows: 12, steps: 16, heat: 20, bytes: 24 } as const;

/**
 * A header's heat: above zero, the steps that its block may still do before it is hot, at its most for ever; zero, it is hot; below, it is
 * compiled, and this is what to take from -1 for its place in the table.
 */
export const HEAT_MAX = 0x7fff_ffff;

/** What compiled code adds to the address at which it leaves, a multiple of 8: nothing where that is a header that may be compiled. */
export const RESUME = {
  /** The header's block is to be interpreted. */
  block: 1,
  /** It is an instruction of the block that CONTROL.header names, which is paid. */
  instruction: 2,
} as const;
/** An instruction: opcode and position (16 bits each), operand (32), and for long constants the limbs. */
export const INSTRUCTION_BYTES = 8;
/** The most that a byte of code becomes: JUMPI with a block behind it. */
export const DECODED_BYTES_MAX = INSTRUCTION_BYTES + HEADER.bytes;
/** Positions have 16 bits. */
export const CODE_SIZE_MAX = 0xffff;

/** Why a run ended. */
export const LEFT = {
  /** The slice of steps is used up, at a block's header. */
  slice: 0,
  /** An instruction cannot be done here: the reference machine takes the frame over before it. */
  handOver: 1,
  /** The host has set the frame's exit. */
  host: 2,
  /** The block at the instruction is hot. */
  hot: 3,
} as const;
