// Which opcodes a fork has and what they cost: each fork is the previous one plus its changes. Prices of calls, creations and storage: rules.ts.

import type { Fork } from '../types/config.ts';
import { type OpcodeTable, withOpcodes } from './opcode.ts';
import * as arithmetic from './opcodes/arithmetic.ts';
import * as bitwise from './opcodes/bitwise.ts';
import * as block from './opcodes/block.ts';
import { CALL, CALLCODE, DELEGATECALL, STATICCALL } from './opcodes/call.ts';
import { CREATE, CREATE2, SELFDESTRUCT } from './opcodes/create.ts';
import * as environment from './opcodes/environment.ts';
import { GAS, invalid, JUMP, JUMPDEST, JUMPI, PC, RETURN, REVERT, STOP } from './opcodes/flow.ts';
import { KECCAK256 } from './opcodes/keccak.ts';
import { LOGS } from './opcodes/log.ts';
import * as memory from './opcodes/stack.ts';
import { SLOAD, SSTORE, slotGas, TLOAD, TSTORE } from './opcodes/storage.ts';

/** The opcodes of a fork. */
export function tableOf(fork: Fork): OpcodeTable {
  return TABLES[fork];
}

const { BALANCE, EXTCODECOPY, EXTCODEHASH, EXTCODESIZE } = environment;

const nothing: OpcodeTable = Array.from({ length: 256 }, (_, code) => invalid(code));

const frontier = withOpcodes(nothing, [
  STOP,
  arithmetic.ADD,
  arithmetic.MUL,
  arithmetic.SUB,
  arithmetic.DIV,
  arithmetic.SDIV,
  arithmetic.MOD,
  arithmetic.SMOD,
  arithmetic.ADDMOD,
  arithmetic.MULMOD,
  arithmetic.EXP,
  arithmetic.SIGNEXTEND,
  bitwise.LT,
  bitwise.GT,
  bitwise.SLT,
  bitwise.SGT,
  bitwise.EQ,
  bitwise.ISZERO,
  bitwise.AND,
  bitwise.OR,
  bitwise.XOR,
  bitwise.NOT,
  bitwise.BYTE,
  KECCAK256,
  environment.ADDRESS,
  BALANCE,
  environment.ORIGIN,
  environment.CALLER,
  environment.CALLVALUE,
  environment.CALLDATALOAD,
  environment.CALLDATASIZE,
  environment.CALLDATACOPY,
  environment.CODESIZE,
  environment.CODECOPY,
  environment.GASPRICE,
  EXTCODESIZE,
  EXTCODECOPY,
  block.BLOCKHASH,
  block.COINBASE,
  block.TIMESTAMP,
  block.NUMBER,
  block.DIFFICULTY,
  block.GASLIMIT,
  memory.POP,
  memory.MLOAD,
  memory.MSTORE,
  memory.MSTORE8,
  SLOAD,
  SSTORE,
  JUMP,
  JUMPI,
  PC,
  memory.MSIZE,
  GAS,
  JUMPDEST,
  ...memory.PUSHES,
  ...memory.DUPS,
  ...memory.SWAPS,
  ...LOGS,
  CREATE,
  CALL,
  CALLCODE,
  RETURN,
  SELFDESTRUCT,
]);

const homestead = withOpcodes(frontier, [
  DELEGATECALL, // EIP-7
]);

// EIP-150: what reads from the disk costs more
const tangerineWhistle = withOpcodes(homestead, [
  { ...EXTCODESIZE, gas: 700 },
  { ...EXTCODECOPY, gas: 700 },
  { ...BALANCE, gas: 400 },
  { ...SLOAD, gas: 200 },
  { ...CALL, gas: 700 },
  { ...CALLCODE, gas: 700 },
  { ...DELEGATECALL, gas: 700 },
  { ...SELFDESTRUCT, gas: 5_000 },
]);

const spuriousDragon = withOpcodes(tangerineWhistle, [
  arithmetic.EXP_EIP160, // EIP-160
]);

const byzantium = withOpcodes(spuriousDragon, [
  REVERT, // EIP-140
  environment.RETURNDATASIZE, // EIP-211
  environment.RETURNDATACOPY, // EIP-211
  { ...STATICCALL, gas: 700 }, // EIP-214
]);

const constantinople = withOpcodes(byzantium, [
  bitwise.SHL, // EIP-145
  bitwise.SHR, // EIP-145
  bitwise.SAR, // EIP-145
  CREATE2, // EIP-1014
  EXTCODEHASH, // EIP-1052
]);

const istanbul = withOpcodes(constantinople, [
  block.CHAINID, // EIP-1344
  block.SELFBALANCE, // EIP-1884
  { ...SLOAD, gas: 800 }, // EIP-1884
  { ...BALANCE, gas: 700 }, // EIP-1884
  { ...EXTCODEHASH, gas: 700 }, // EIP-1884
]);

// EIP-2929: the price of reaching an account or a slot takes the place of a constant one
const berlin = withOpcodes(istanbul, [
  { ...BALANCE, gas: 0, dynamicGas: environment.accessGas },
  { ...EXTCODESIZE, gas: 0, dynamicGas: environment.accessGas },
  { ...EXTCODEHASH, gas: 0, dynamicGas: environment.accessGas },
  { ...EXTCODECOPY, gas: 0, dynamicGas: environment.accessAndCopyGas },
  { ...SLOAD, gas: 0, dynamicGas: slotGas },
  { ...CALL, gas: 0 },
  { ...CALLCODE, gas: 0 },
  { ...DELEGATECALL, gas: 0 },
  { ...STATICCALL, gas: 0 },
]);

const london = withOpcodes(berlin, [
  block.BASEFEE, // EIP-3198
]);

const paris = withOpcodes(london, [
  block.PREVRANDAO, // EIP-4399
]);

const shanghai = withOpcodes(paris, [
  memory.PUSH0, // EIP-3855
]);

const cancun = withOpcodes(shanghai, [
  TLOAD, // EIP-1153
  TSTORE, // EIP-1153
  memory.MCOPY, // EIP-5656
  block.BLOBHASH, // EIP-4844
  block.BLOBBASEFEE, // EIP-7516
]);

const osaka = withOpcodes(cancun, [
  bitwise.CLZ, // EIP-7939
]);

const TABLES: Record<Fork, OpcodeTable> = {
  Frontier: frontier,
  Homestead: homestead,
  TangerineWhistle: tangerineWhistle,
  SpuriousDragon: spuriousDragon,
  Byzantium: byzantium,
  Constantinople: constantinople,
  Petersburg: constantinople,
  Istanbul: istanbul,
  MuirGlacier: istanbul,
  Berlin: berlin,
  London: london,
  ArrowGlacier: london,
  GrayGlacier: london,
  Paris: paris,
  Shanghai: shanghai,
  Cancun: cancun,
  Prague: cancun,
  Osaka: osaka,
};
