// An explanation as a short story in lines, from the block down to the opcode. Labels stand in a column of their own; where two machines say
// two things, each has its line under the other.

import type { Agreement, Explanation, PartedPart } from './explanation.ts';
import type { PartedStep, StepSide } from './find-step.ts';
import type { AccountDifference } from './state-diff.ts';
import { count, describeWord, describeWords, joinNames, shortHash, thousands } from './words.ts';

const LABEL_WIDTH = 13;
/** Words of a stack that are shown, from the top. */
const STACK_SHOWN = 4;
/** Accounts and slots that are shown; the rest is in the JSON. */
const ACCOUNTS_SHOWN = 6;
const SLOTS_SHOWN = 8;

/** Tells an explanation. */
export function tellExplanation(found: Explanation): readonly string[] {
  return [
    headline(found),
    '',
    ...section('chain', chainLines(found)),
    ...section('result', resultLines(found)),
    ...section('transaction', partLines(found)),
    ...section(found.state?.behind === 'block' ? 'state after' : 'state', stateLines(found)),
    ...stepSections(found),
    '',
    ...verdictLines(found),
  ];
}

/** Tells that nothing differs. */
export function tellAgreement(found: Agreement): readonly string[] {
  return [
    `no divergence: ${joinNames(found.nodes)} computed the same for every block up to ${found.height}`,
    ...found.forks.map(
      ({ nodes: [a, b], common }) =>
        `  ${a} and ${b} stand on different branches since block ${common + 1}, whose results both agree on: a fork`,
    ),
    ...found.claims.map(
      ({ number, hash, sealer }) =>
        `  block ${number} ${shortHash(hash)} of ${sealer} claims a result that no machine gave, and everybody refused it`,
    ),
  ];
}

function headline({ block, groups, culprits, compared }: Explanation): string {
  const at = `block ${block.number} ${shortHash(block.hash)}, sealed by ${block.sealedBy ?? block.sealer}`;
  const [first] = groups;
  if (culprits.length > 0)
    return `${joinNames(culprits)} ${culprits.length === 1 ? 'differs' : 'differ'} from ${joinNames(first?.nodes ?? [])} at ${at}.`;
  return `${groups.map(({ nodes }) => joinNames(nodes)).join(' / ')} differ at ${at}; ${compared[0]} and ${compared[1]} are compared.`;
}

function chainLines({ common, compared: [a, b] }: Explanation): readonly string[] {
  const { height, heads, compared } = common;
  return [
    `${a} and ${b} have the same blocks up to ${thousands(height)}; ${a} stands at ${thousands(heads[0])}, ${b} at ${thousands(heads[1])} (${count(compared, 'height')} compared)`,
  ];
}

function resultLines({ groups, silent, repeats, compared }: Explanation): readonly string[] {
  const width = Math.max(...groups.map(({ nodes }) => nodes.join(' ').length));
  const lines = groups.map(({ nodes, result, refusal, isClaimed }) => {
    if (result === null) return `${nodes.join(' ').padEnd(width)}  none, it refuses the block: ${refusal}`;
    const { stateRoot, receiptsRoot, gasUsed } = result;
    const claim = isClaimed ? '  as its header says' : '';
    return `${nodes.join(' ').padEnd(width)}  state ${shortHash(stateRoot)}  receipts ${shortHash(receiptsRoot)}  gas ${thousands(gasUsed)}${claim}`;
  });
  const restless = compared.filter((_, i) => repeats[i] === false);
  return [
    ...lines,
    ...(silent.length === 0
      ? []
      : [`${joinNames(silent)} cannot say: the block before it is not known there, or it is too old to be judged`]),
    ...restless.map(
      (name) => `${name} gives another result each time it executes the block: its machine is not deterministic`,
    ),
  ];
}

function partLines({ part, block, compared, groups }: Explanation): readonly string[] {
  if (part === null)
    return [
      `${joinNames(compared)} agree on every transaction when they execute the block again: the difference does not come back`,
    ];
  const total = block.transactions;
  const { transaction } = part;
  const lines =
    transaction === null
      ? [
          part.part < 0
            ? 'none: they part before the first one, in the calls that a block makes itself (EIP-4788, EIP-2935)'
            : 'none: they part behind the last one, in the calls that a block makes itself (EIP-7002, EIP-7251)',
        ]
      : [
          `${part.part + 1} of ${total}, ${transaction.hash}`,
          `from ${transaction.from ?? 'nobody'} ${transaction.to === null ? 'creates a contract' : `to ${transaction.to}`}`,
        ];
  if (part.part > 0 && groups.length > 0) lines.push('before it the states are the same on both');
  return [...lines, ...receiptLines(part, compared)];
}

function receiptLines({ receipts, refusals }: PartedPart, compared: readonly [string, string]): readonly string[] {
  const [a, b] = receipts;
  if (a === null && b === null && refusals.every((refusal) => refusal === null)) return [];
  if (a !== null && JSON.stringify(a) === JSON.stringify(b))
    return [`${a.status === 1 ? 'succeeds' : 'reverts'} on both, ${count(a.gasUsed, 'unit')} of gas`];
  return compared.map((name, i) => {
    const receipt = receipts[i] ?? null;
    const refusal = refusals[i] ?? null;
    if (receipt === null) return `${name}  ${refusal === null ? 'no receipt' : `refuses it: ${refusal}`}`;
    const logs = receipt.logs === 0 ? 'no logs' : `${count(receipt.logs, 'log')} ${shortHash(receipt.logsHash)}`;
    return `${name}  ${receipt.status === 1 ? 'succeeds' : 'reverts'}, gas ${thousands(receipt.gasUsed)}, ${logs}`;
  });
}

function stateLines({ state, compared }: Explanation): readonly string[] {
  if (state === null) return ['not kept any more where it was computed'];
  if (state.accounts.length === 0) return ['no account differs'];
  const shown = state.accounts.slice(0, ACCOUNTS_SHOWN);
  const rest = state.accounts.length - shown.length;
  return [
    ...shown.flatMap((account) => accountLines(account, compared)),
    ...(rest > 0 || state.isCut ? [`and ${state.isCut ? 'many' : rest} more accounts, which --json lists`] : []),
  ];
}

function accountLines(account: AccountDifference, compared: readonly [string, string]): readonly string[] {
  const slots = account.slots.slice(0, SLOTS_SHOWN);
  const rest = account.slots.length - slots.length;
  return [
    account.address ?? `an account whose address hashes to ${account.key}`,
    ...account.fields.flatMap(({ field, values: [a, b] }) => {
      const unit = field === 'balance' ? ' wei' : '';
      const textOf = (value: string | null): string =>
        value === null ? 'no account' : field === 'codeHash' ? value : `${thousands(BigInt(value))}${unit}`;
      return twoLines(field === 'codeHash' ? 'code hash' : field, compared, [textOf(a), textOf(b)]);
    }),
    ...slots.flatMap(({ slot, key, values: [a, b] }) => {
      const name = slot === null ? `slot hashed to ${shortHash(key)}` : `slot ${slotName(slot)}`;
      return twoLines(name, compared, describeWords(a ?? '0x0', b ?? '0x0'));
    }),
    ...(rest > 0 ? [`  and ${rest} more slots`] : []),
  ];
}

function slotName(slot: string): string {
  const value = BigInt(slot);
  return value < 1_000_000n ? String(value) : shortHash(slot);
}

/** Both machines' values of one thing, under each other. */
function twoLines(
  what: string,
  compared: readonly [string, string],
  values: readonly [string, string],
): readonly string[] {
  const width = Math.max(compared[0].length, compared[1].length);
  const indent = ' '.repeat(what.length);
  return [
    `  ${what}  ${compared[0].padEnd(width)}  ${values[0]}`,
    `  ${indent}  ${compared[1].padEnd(width)}  ${values[1]}`,
  ];
}

function stepSections({ step, part, compared }: Explanation): readonly string[] {
  if (part === null || step === null) return [];
  switch (step.kind) {
    case 'same':
      return section('step', [
        step.cut
          ? `the first ${thousands(step.steps)} steps are the same; a node looks at no more`
          : `all ${thousands(step.steps)} steps are the same: what differs is how the transaction is paid, or what it leaves when it ends`,
      ]);
    case 'from-the-start':
      return section('step', ['not even the first step is the same: other code, or other gas']);
    case 'parted':
      return partedSections(step.step, compared, step.kept);
  }
}

function partedSections(
  step: PartedStep,
  compared: readonly [string, string],
  kept: readonly [boolean, boolean],
): readonly string[] {
  const { index, opName, pc, depth, address, codeAddress, source, sides } = step;
  const [a, b] = sides;
  const code = address === codeAddress ? address : `${address}, code of ${codeAddress}`;
  const total = a.steps === b.steps ? thousands(a.steps) : `${thousands(a.steps)} and ${thousands(b.steps)}`;
  const where = source === null ? null : `${source.file}:${source.line}`;
  return [
    ...section('step', [
      `${thousands(index + 1)} of ${total}: ${opName} at pc ${pc} (0x${pc.toString(16)}), depth ${depth}, in ${code}`,
      ...(kept.some(Boolean)
        ? [`${compared.filter((_, i) => kept[i]).join(', ')}: as it was kept when the block was judged`]
        : []),
    ]),
    ...(source === null
      ? []
      : section('source', [
          `${where}${source.isCaller ? ', through a helper of the compiler' : ''}`,
          `  ${source.text.trim()}`,
        ])),
    ...section('stack before', [stackLine(step.stack, step.stackHeight)]),
    ...section('stack after', afterLines(sides, compared)),
    ...section('leaves', writtenLines(sides, compared)),
    ...section('gas', gasLines(sides, compared)),
  ];
}

function stackLine(stack: readonly string[], height: number): string {
  if (height === 0) return 'empty';
  const shown = stack.slice(-STACK_SHOWN).reverse().map(describeWord);
  const below = height - shown.length;
  return `${shown.join(' | ')}${below > 0 ? ` | ${below} more` : ''}`;
}

function afterLines([a, b]: readonly [StepSide, StepSide], compared: readonly [string, string]): readonly string[] {
  const textOf = ({ stackAfter, next }: StepSide): string => {
    if (stackAfter === null || next === null) return 'its run ends here';
    return stackLine(stackAfter, stackAfter.length);
  };
  const [left, right] = [textOf(a), textOf(b)];
  if (JSON.stringify(a.stackAfter) === JSON.stringify(b.stackAfter)) return [`${left}  (the same on both)`];
  return twoSides(
    compared,
    left === right ? [JSON.stringify(a.stackAfter), JSON.stringify(b.stackAfter)] : [left, right],
  );
}

function writtenLines([a, b]: readonly [StepSide, StepSide], compared: readonly [string, string]): readonly string[] {
  if (JSON.stringify(a.written) === JSON.stringify(b.written)) return [];
  return twoSides(compared, [describeWritten(a), describeWritten(b)]);
}

function describeWritten({ written }: StepSide): string {
  switch (written?.kind) {
    case undefined:
      return 'nothing';
    case 'memory':
      return `memory at ${written.offset}: ${written.bytes}`;
    case 'storage':
    case 'transient':
      return `${written.kind === 'storage' ? 'slot' : 'transient slot'} ${describeWord(written.slot)}: ${describeWord(written.value)}`;
    case 'log':
      return `a log: topics ${written.topics.map(describeWord).join(', ') || 'none'}, data ${written.data}`;
    case 'returned':
      return `return data ${written.bytes}`;
  }
}

function gasLines([a, b]: readonly [StepSide, StepSide], compared: readonly [string, string]): readonly string[] {
  const textOf = ({ gas, gasCost }: StepSide): string => `${thousands(gas)} left, costs ${thousands(gasCost)}`;
  const [left, right] = [textOf(a), textOf(b)];
  return left === right ? [`${left}  (the same on both)`] : twoSides(compared, [left, right]);
}

function twoSides(compared: readonly [string, string], texts: readonly [string, string]): readonly string[] {
  const width = Math.max(compared[0].length, compared[1].length);
  return compared.map((name, i) => `${name.padEnd(width)}  ${texts[i]}`);
}

function verdictLines({ culprits, groups, referee }: Explanation): readonly string[] {
  const voters = groups.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const majority = groups[0]?.nodes.length ?? 0;
  const named =
    culprits.length > 0
      ? `Culprit: ${joinNames(culprits)}. ${majority} of ${voters} nodes have another result.`
      : `No culprit: no result has more than half of the ${voters} nodes behind it.`;
  if ('why' in referee) return [named, `A fresh machine could not be asked: ${referee.why}.`];
  const { agrees } = referee;
  return [
    named,
    agrees.length === 0
      ? 'A fresh machine of tier 0 computes a third result from the same block and state.'
      : `A fresh machine of tier 0 computes from the same block and state what ${joinNames(agrees)} computed.`,
  ];
}

/** Lines behind a label, which stands in the first one. */
function section(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, i) => `  ${(i === 0 ? label : '').padEnd(LABEL_WIDTH)} ${line}`.trimEnd());
}
