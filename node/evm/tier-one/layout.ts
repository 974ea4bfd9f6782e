// Where things are in tier 1's linear memory. All addresses are bytes; words of the machine are four 64-bit limbs, the lowest first.
//
//   control, scratch, transaction words, opcode table │ warm slots, accounts │ frames' records │ writes, logs, return data
//   │ operand stacks, growing down │ decoded code │ frames' memories, growing up

/**
 * The state of the frame that runs, which is also what the driver and the module hand each other. Up to FRAME_STATE_BYTES it is the
 * frame's own: a call saves it in the frame's record, and its end brings it back.
 */
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
  /** The driver's number of the account whose storage it is. */
  slotTag: 60,
  /** Where a slot that was not found would be. */
  slotEntry: 64,
  isStatic: 68,
  /** The driver's number of the decoded code; zero for a creation's. */
  codeId: 72,
  /** Whether the module has opened the frame, and may end it. */
  isNative: 76,
  /** 1 for the outermost frame. */
  depth: 80,
  /** The record of the frame that runs. */
  record: 84,
  /** A signed i64: what SSTORE has added to the refund that the journal does not know yet. */
  refund: 88,
  /** The ends of the lists of writes and logs, and how many of the writes the journal has seen. */
  writesTop: 96,
  writesSynced: 100,
  logsTop: 104,
  /** Whether the driver keeps the return data, which is too long for its place here. */
  isReturnDataElsewhere: 108,
  /** Whose balance is at BALANCE; zero for nobody's. */
  balanceTag: 112,
  /** The heat that a new header begins with. */
  heat: 192,
  /** Steps of blocks that compiled code has entered. */
  compiledSteps: 196,
  /** The gas that compiled code leaves, 64 bits. */
  compiledGas: 200,
} as const;
export const FRAME_STATE_BYTES = 80;

/** Operands and digits of long arithmetic, and keccak's last block. */
export const SCRATCH = 0x100;

/** Operands of what compiled code calls. */
export const COMPILED_OPERANDS = 0xe00;
/** A byte for each piece of code of which something is compiled: whether that has run since the compiler last looked. */
export const COMPILED_USED = 0x1200;
export const COMPILED_USED_BYTES = 0x400;

/** What SELFBALANCE returns in the frames of one account. */
export const BALANCE = 0xc00;

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
/** By opcode, a byte that is not zero where a frame may halt at it for more than its constant price and the stack. */
export const OPCODE_RISKS = OPCODE_TABLE + 256 * OPCODE_ENTRY_BYTES;

/** By two dense opcodes, one behind the other, the dense opcode that does both; zero for none. */
export const PAIRS = 0x4000;
export const PAIRED_MAX = 128;

/**
 * Warm slots and transient slots, each in the one place that its hash names. `last` is its last record in the list of writes, where that is
 * of use still.
 */
export const SLOTS_BITS = 12;
export const SLOT = { slot: 0, value: 32, original: 64, tag: 96, last: 100, bytes: 128 } as const;
export const SLOTS = 0x10000;
/** Added to an account's tag for its transient storage. */
export const TRANSIENT = 2 ** 31;

/** Warm accounts that have code, each in the one place that its hash names, with the code that a call of it runs. */
export const ACCOUNTS_BITS = 10;
export const ACCOUNT = {
  address: 0,
  /** Its tag; zero for no account. */
  tag: 32,
  /** What reaching it costs, and the delegate behind it (EIP-2929, EIP-7702). */
  gas: 36,
  code: 40,
  codeSize: 44,
  jumps: 48,
  ip: 52,
  codeId: 56,
  /** The tag of the delegate, or its own. */
  codeTag: 60,
  /** What EXTCODESIZE returns. */
  size: 64,
  bytes: 80,
} as const;
export const ACCOUNTS = SLOTS + (SLOT.bytes << SLOTS_BITS);

/** By depth: the state of a frame that waits, and what is known of it since it was opened. */
export const RECORD = {
  /** Which call, as in CALL_KINDS. */
  kind: 80,
  /** Where the caller's memory takes the output. */
  outputOffset: 84,
  outputSize: 88,
  /** The tags of the account that was named, and of the one whose code runs. */
  namedTag: 92,
  codeTag: 96,
  /** Whether the journal has a checkpoint of the frame, so that the driver must undo what it did. */
  hasCheckpoint: 100,
  /** Whether the driver has an object for it. */
  hasFrame: 104,
  /** How long the lists and the refund were: a frame that fails goes back to them. */
  writesMark: 108,
  logsMark: 112,
  refundMark: 120,
  /** An f64. */
  callGas: 128,
  bytes: 144,
} as const;
export const RECORDS = ACCOUNTS + (ACCOUNT.bytes << ACCOUNTS_BITS);

/** Yellow Paper, appendix H.2: the calls by their number in a record. */
export const CALL_KINDS = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const;
/** How a frame ends by itself, by number. */
export const END_KINDS = ['STOP', 'RETURN', 'REVERT', 'INVALID'] as const;

/** What slots were before each write and after it, in the order of writes. */
export const WRITE = { entry: 0, tag: 4, previous: 8, slot: 16, before: 48, after: 80, bytes: 112 } as const;
export const WRITES = RECORDS + 1027 * RECORD.bytes;
export const WRITES_END = WRITES + (WRITE.bytes << 14);

/** Logs that the journal has not seen: a head, the topics big-endian, the data; each is a multiple of 8 bytes. */
export const LOG = { bytes: 0, tag: 4, topics: 8, dataSize: 12, head: 16 } as const;
export const LOGS = WRITES_END;
export const LOGS_END = LOGS + 2 ** 20;

/** The output of the last call (EIP-211). */
export const RETURN_DATA = LOGS_END;
export const RETURN_DATA_BYTES = 2 ** 16;

/** Room for 1,025 full stacks and the words of their frames. */
const STACK_BOTTOM = (RETURN_DATA + RETURN_DATA_BYTES + 0xfff) & -0x1000;
export const STACK_TOP = STACK_BOTTOM + 1026 * (STACK_BYTES + FRAME_WORDS.length * WORD_BYTES);
export const CODE_START = STACK_TOP;
export const CODE_BYTES = 48 * 1024 * 1024;
export const MEMORY_START = (CODE_START + CODE_BYTES + PAGE_BYTES - 1) & -PAGE_BYTES;

/** Where the parts that fill up end: a machine may have less of them than the layout has, so that tests meet every limit soon. */
export type Rooms = {
  readonly writesEnd: number;
  readonly logsEnd: number;
  readonly returnDataBytes: number;
  readonly codeBytes: number;
};
export const ROOMS: Rooms = {
  writesEnd: WRITES_END,
  logsEnd: LOGS_END,
  returnDataBytes: RETURN_DATA_BYTES,
  codeBytes: CODE_BYTES,
};

/** A block's header: opcode and position (16 bits each), gas, stack bytes needed, stack bytes added at most, steps, heat (32 each). */
export const HEADER = { position: 2, gas: 4, needs: 8, grows: 12, steps: 16, heat: 20, bytes: 24 } as const;

/**
 * A header's heat: above zero, the steps that its block may still do before it is hot, of which HEAT_STEPS_MAX
 * count each time, at its most for ever; zero, it is hot; below, it is
 * compiled, and this is what to take from -1 for its place in the table.
 */
export const HEAT_MAX = 0x7fff_ffff;
/** A long block takes long to compile: it is to be run as often as one of so many steps. */
export const HEAT_STEPS_MAX = 64;

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

/** The next multiple of 32. */
export function aligned(address: number): number {
  return (address + 31) & -32;
}
