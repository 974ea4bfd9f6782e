// The fork schedule of a genesis.json: geth's names of blocks and times become activations in the order of the forks. A time or block
// that is missing means that the fork is not active; forks that are out of order, or skipped over, are errors.

import { type BlobSchedule, type DaoFork, type Fork, type ForkActivation, includesFork } from '../types/config.ts';
import {
  FieldError,
  hasField,
  numberField,
  pathOf,
  quantityField,
  required,
  type Section,
  subsection,
} from './genesis-field.ts';

/** What stands in the file about one fork. `optional` ones may be left out though later ones are set, as in geth. */
type ForkField = {
  readonly name: string;
  readonly fork: Fork;
  readonly by: 'block' | 'time';
  readonly optional: boolean;
};

const FORK_FIELDS: readonly ForkField[] = [
  { name: 'homesteadBlock', fork: 'Homestead', by: 'block', optional: false },
  { name: 'eip150Block', fork: 'TangerineWhistle', by: 'block', optional: false },
  { name: 'eip155Block', fork: 'SpuriousDragon', by: 'block', optional: false },
  { name: 'eip158Block', fork: 'SpuriousDragon', by: 'block', optional: false },
  { name: 'byzantiumBlock', fork: 'Byzantium', by: 'block', optional: false },
  { name: 'constantinopleBlock', fork: 'Constantinople', by: 'block', optional: false },
  { name: 'petersburgBlock', fork: 'Petersburg', by: 'block', optional: false },
  { name: 'istanbulBlock', fork: 'Istanbul', by: 'block', optional: false },
  { name: 'muirGlacierBlock', fork: 'MuirGlacier', by: 'block', optional: true },
  { name: 'berlinBlock', fork: 'Berlin', by: 'block', optional: false },
  { name: 'londonBlock', fork: 'London', by: 'block', optional: false },
  { name: 'arrowGlacierBlock', fork: 'ArrowGlacier', by: 'block', optional: true },
  { name: 'grayGlacierBlock', fork: 'GrayGlacier', by: 'block', optional: true },
  { name: 'mergeNetsplitBlock', fork: 'Paris', by: 'block', optional: true },
  { name: 'shanghaiTime', fork: 'Shanghai', by: 'time', optional: false },
  { name: 'cancunTime', fork: 'Cancun', by: 'time', optional: false },
  { name: 'pragueTime', fork: 'Prague', by: 'time', optional: false },
  { name: 'osakaTime', fork: 'Osaka', by: 'time', optional: false },
  { name: 'bpo1Time', fork: 'Osaka', by: 'time', optional: true },
  { name: 'bpo2Time', fork: 'Osaka', by: 'time', optional: true },
  { name: 'bpo3Time', fork: 'Osaka', by: 'time', optional: true },
  { name: 'bpo4Time', fork: 'Osaka', by: 'time', optional: true },
  { name: 'bpo5Time', fork: 'Osaka', by: 'time', optional: true },
];

/** Forks that geth has names for and this node has no rules for: a chain that sets them would be executed wrongly. */
const UNKNOWN_FORKS: readonly string[] = ['amsterdamTime', 'verkleTime'];

const NO_BLOBS: BlobSchedule = { target: 0, max: 0, baseFeeUpdateFraction: 1 };

/** What holds where `blobSchedule` is silent (EIP-7840, EIP-7691; Osaka changes nothing, EIP-7892 names the later ones). */
const BLOB_DEFAULTS: ReadonlyMap<string, BlobSchedule> = new Map([
  ['cancun', { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 }],
  ['prague', { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 }],
  ['osaka', { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 }],
]);

type Scheduled = ForkField & { readonly point: number };

/**
 * Reads the forks of `config`, ascending; the first is active from genesis on. Throws FieldError. Paris begins at `mergeNetsplitBlock`;
 * where that is missing, at genesis if the terminal total difficulty is no more than the genesis block's, else behind the block that
 * reaches it; with neither, with the first fork by time.
 */
export function readForks(
  config: Section,
  genesis: { readonly timestamp: number; readonly difficulty: bigint },
): readonly ForkActivation[] {
  for (const name of UNKNOWN_FORKS)
    if (hasField(config, name)) throw new FieldError(pathOf(config, name), 'this fork is not supported');
  const scheduled = readSchedule(config, genesis.difficulty);
  if (scheduled.length === 0) throw new FieldError(config.path, 'has no forks: name at least homesteadBlock');
  checkOrder(config, scheduled, genesis.timestamp);

  const activations: ForkActivation[] = [{ fork: 'Frontier', blobs: NO_BLOBS }];
  let blobs = NO_BLOBS;
  let lastPoint: string = 'genesis';
  for (const { name, fork, by, point } of scheduled) {
    if (by === 'time') blobs = readBlobs(config, name.slice(0, -'Time'.length)) ?? blobs;
    const atGenesis = isAtGenesis({ by, point }, genesis.timestamp);
    const key = atGenesis ? 'genesis' : `${by} ${point}`;
    if (key === lastPoint) activations.pop(); // of several at one point, only the last one's rules are ever seen
    activations.push({ fork, blobs, ...(!atGenesis && { [by]: point }) });
    lastPoint = key;
  }
  return withMerge(config, activations, readLaterMerge(config, genesis.difficulty));
}

/** EIP-779; null where the file has no such fork. At the first block, where nothing has happened yet, it is none. Throws FieldError. */
export function readDaoFork(config: Section): DaoFork | null {
  const block = numberField(config, 'daoForkBlock');
  return block === null || block === 0 ? null : { block, isSupported: config.fields.get('daoForkSupport') === true };
}

/** Puts the merge by total difficulty between the forks by block and those by time, which must not be active before it. */
function withMerge(
  config: Section,
  activations: readonly ForkActivation[],
  terminal: bigint | null,
): readonly ForkActivation[] {
  if (terminal === null) return activations;
  const merge: ForkActivation = { fork: 'Paris', blobs: NO_BLOBS, terminalTotalDifficulty: terminal };
  const byBlock = activations.filter(({ time }) => time === undefined);
  const last = byBlock.at(-1)?.fork ?? 'Frontier';
  if (!includesFork(last, 'London') || includesFork(last, 'Paris'))
    throw new FieldError(
      pathOf(config, 'terminalTotalDifficulty'),
      `${terminal} is reached later than genesis, so that it cannot follow ${last}`,
    );
  return [...byBlock, merge, ...activations.filter(({ time }) => time !== undefined)];
}

function readSchedule(config: Section, difficulty: bigint): readonly Scheduled[] {
  const mergeBlock = readMergeBlock(config, difficulty);
  return FORK_FIELDS.flatMap((field) => {
    const point = field.fork === 'Paris' ? mergeBlock : numberField(config, field.name);
    return point === null ? [] : [{ ...field, point }];
  });
}

function readMergeBlock(config: Section, difficulty: bigint): number | null {
  const block = numberField(config, 'mergeNetsplitBlock');
  const terminal = readTerminalDifficulty(config);
  if (block !== null || terminal === null) return block;
  return terminal <= difficulty ? 0 : null;
}

/** The total difficulty behind which the merge comes, where it comes after genesis and at no given block. */
function readLaterMerge(config: Section, difficulty: bigint): bigint | null {
  const terminal = readTerminalDifficulty(config);
  if (terminal === null || terminal <= difficulty || hasField(config, 'mergeNetsplitBlock')) return null;
  return hasField(config, 'clique') ? null : terminal; // proof of authority never reaches it, and does not merge
}

/** geth writes it as a JSON number, which is beyond 2^53 for the main network; it is only compared with a small one. */
function readTerminalDifficulty(config: Section): bigint | null {
  const value = config.fields.get('terminalTotalDifficulty');
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return BigInt(value);
  return quantityField(config, 'terminalTotalDifficulty', 256);
}

function checkOrder(config: Section, scheduled: readonly Scheduled[], genesisTime: number): void {
  const isSet = (field: ForkField): boolean => scheduled.some(({ name }) => name === field.name);
  let gap: ForkField | null = null;
  for (const field of FORK_FIELDS) {
    if (!isSet(field)) gap ??= field.optional ? null : field;
    else if (gap !== null)
      throw new FieldError(pathOf(config, field.name), `is set though ${gap.name}, which comes before it, is not`);
  }
  for (const [i, later] of scheduled.entries()) {
    const earlier = scheduled[i - 1];
    if (earlier === undefined) continue;
    const isEarly =
      later.by === earlier.by
        ? later.point < earlier.point
        : isAtGenesis(later, genesisTime) && !isAtGenesis(earlier, genesisTime);
    if (isEarly)
      throw new FieldError(pathOf(config, later.name), `${later.point} is before ${earlier.name}, ${earlier.point}`);
    if (later.fork === 'SpuriousDragon' && earlier.fork === 'SpuriousDragon' && later.point !== earlier.point)
      throw new FieldError(pathOf(config, later.name), `must be the same as ${earlier.name}, ${earlier.point}`);
  }
}

function isAtGenesis(at: { readonly by: 'block' | 'time'; readonly point: number }, genesisTime: number): boolean {
  return at.by === 'block' ? at.point === 0 : at.point <= genesisTime;
}

/** The blob parameters from this fork on; null where the fork changes nothing and the file says nothing. */
function readBlobs(config: Section, name: string): BlobSchedule | null {
  if (name === 'shanghai') return null;
  const schedules = hasField(config, 'blobSchedule') ? subsection(config, 'blobSchedule') : null;
  if (schedules === null || !hasField(schedules, name)) {
    const known = BLOB_DEFAULTS.get(name);
    if (known === undefined) throw new FieldError(`${pathOf(config, 'blobSchedule')}.${name}`, 'is missing');
    return known;
  }
  const schedule = subsection(schedules, name);
  const read = (field: string): number => required(numberField(schedule, field), schedule, field);
  const blobs = { target: read('target'), max: read('max'), baseFeeUpdateFraction: read('baseFeeUpdateFraction') };
  if (blobs.baseFeeUpdateFraction === 0)
    throw new FieldError(pathOf(schedule, 'baseFeeUpdateFraction'), 'must be at least 1');
  if (blobs.target > blobs.max) throw new FieldError(pathOf(schedule, 'target'), `must be at most max, ${blobs.max}`);
  return blobs;
}
