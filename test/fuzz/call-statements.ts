// Statements that call, create, and do something with what came of it.

import { hexToBytes } from '../../node/lib/bytes.ts';
import type { Operands, Weighted } from './operands.ts';
import { EDGES } from './random-word.ts';

const CALLS = ['CALL', 'CALL', 'CALL', 'STATICCALL', 'DELEGATECALL', 'DELEGATECALL', 'CALLCODE'];

/** Calls of contracts, with input that they understand or without, of precompiled ones, and creations. */
export function callStatements(operands: Operands): readonly Weighted[] {
  const { around, random, hasOpcode, code, op, push, pushAddress, offset, region, slot } = operands;
  const { addresses } = around;
  const calls = operands.present(CALLS);
  const gasForCall = (): void => {
    switch (random.below(8)) {
      case 0:
        return push(random.pick([0, 1, 100, 700, 2300, 2301, 3000, 5000, 9000, 21_000, 30_000, 60_000]));
      case 1:
        push(random.between(1, 5));
        op('GAS', 'DIV');
        return;
      case 2:
        return push(random.pick(EDGES));
      default:
        return op('GAS');
    }
  };
  /** Whether a call or creation succeeded: dropped, kept, stored, or branched on. */
  const useResult = (): void => {
    switch (random.below(5)) {
      case 0:
        return;
      case 1:
        slot();
        return op('SSTORE');
      case 2:
        push(offset());
        return op('MSTORE');
      default:
        return op('POP');
    }
  };
  const callWith = (input: () => void, address: () => void): void => {
    const name = random.pick(calls);
    region(); // of the output
    input();
    if (name === 'CALL' || name === 'CALLCODE') push(random.chance(1, 3) ? random.below(4) : 0);
    address();
    gasForCall();
    op(name);
    useResult();
    if (hasOpcode('RETURNDATACOPY') && random.chance(1, 4)) {
      op('RETURNDATASIZE');
      push(0, offset());
      op('RETURNDATACOPY');
    }
  };
  /** A call whose input is that data, which is brought to memory first. */
  const callWithData = (data: Uint8Array, address: () => void): void => {
    const to = random.below(4) * 32;
    code.pushData(data);
    push(to);
    op('CODECOPY');
    callWith(() => push(data.length, to), address);
  };

  return [
    [9, () => callWith(region, pushAddress)],
    [
      4,
      () => {
        const address = random.pick(addresses);
        const inputs = around.inputsOf(address);
        if (inputs.length === 0) return callWith(region, () => code.pushBytes(hexToBytes(address)));
        callWithData(random.pick(inputs), () => code.pushBytes(hexToBytes(address)));
      },
    ],
    [
      4,
      () => {
        const { address, input } = random.pick(around.precompiles);
        callWithData(input, () => push(address));
      },
    ],
    [
      4,
      () => {
        const init = random.pick(around.initCodes);
        const name = random.chance(1, 2) || !hasOpcode('CREATE2') ? 'CREATE' : 'CREATE2';
        code.pushData(init);
        push(0);
        op('CODECOPY');
        if (name === 'CREATE2') push(random.below(3));
        push(random.chance(1, 12) ? random.below(32) : init.length, 0, random.chance(1, 3) ? random.below(3) : 0);
        op(name);
        useResult();
      },
    ],
  ];
}
