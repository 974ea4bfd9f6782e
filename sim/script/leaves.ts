// The leaves of a scenario's YAML form: durations, rates, nodes, accounts. Each reads the text that a person writes into the value that is
// played, and says in one line what it expected.

import { z } from 'zod';
import { isHex } from '../../node/lib/bytes.ts';
import {
  AMOUNT,
  AMOUNT_FORM,
  DURATION,
  DURATION_FORM,
  RATE,
  RATE_FORM,
  readBits,
  readMs,
  readWei,
  SHARE,
  SHARE_FORM,
} from './units.ts';

/** A day: whoever waits longer waits for something else. */
const WAIT_MS_MAX = 86_400_000;
/** What the wan and the virtual network hold back at most. */
const DELAY_MS_MAX = 60_000;
/** How far a clock goes wrong at most: an hour. */
const OFFSET_MS_MAX = 3_600_000;

/** A text of a form, read into a value; `read` answers null where the form fits and the value is none. */
function text<T>(form: RegExp, expected: string, description: string, read: (text: string) => T | null) {
  const error = `expected ${expected}`;
  return z
    .string({ error })
    .regex(form, { error, abort: true })
    .transform((written, context): T => {
      const value = read(written);
      if (value !== null) return value;
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .meta({ description });
}

function durationUpTo(most: number) {
  return text(
    DURATION_FORM,
    `${DURATION}, of ${most / 60_000}m at most`,
    'With its unit: 200ms, 1.5s, 2m.',
    (written) => {
      const ms = readMs(written);
      return ms === null || ms > most ? null : ms;
    },
  );
}

/** How long something is waited for. */
export const wait = durationUpTo(WAIT_MS_MAX);
/** How long bytes, writes or blocks are held up. */
export const delay = durationUpTo(DELAY_MS_MAX);
/** Ahead, or behind with a minus. */
export const offset = text(
  new RegExp(`^-?${DURATION_FORM.source.slice(1)}`),
  `${DURATION}, or -5s for behind, of ${OFFSET_MS_MAX / 60_000}m at most`,
  'Ahead, or behind with a minus: 5s, -5s.',
  (written) => {
    const ms = readMs(written.replace('-', ''));
    if (ms === null || ms > OFFSET_MS_MAX) return null;
    return written.startsWith('-') && ms > 0 ? -ms : ms;
  },
);
/** Bits a second; `none`, for no limit, is null. */
export const rate = text(RATE_FORM, RATE, 'Bits a second: 1mbit, 64kbit, none for no limit.', readBits).transform(
  (bits) => (bits === Number.POSITIVE_INFINITY ? null : bits),
);
export const share = text(SHARE_FORM, SHARE, 'Of a hundred messages: 30%.', (written) => Number(written.slice(0, -1)));
export const amount = text(AMOUNT_FORM, AMOUNT, 'With its unit: 1.5ether, 20gwei, 100wei.', readWei);

export const address = hex(/^0x[0-9a-fA-F]{40}$/, 'an address: 0x and 40 hex digits');
export const input = hex(/^0x(?:[0-9a-fA-F]{2})*$/, 'call data: 0x and hex digits in pairs');

const NODE = 'the name of a node, as in n1 or f1';
/** A node by its name. Whether the network has it is check-names.ts's affair. */
export const node = z
  .string({ error: `expected ${NODE}` })
  .min(1, { error: `expected ${NODE}` })
  .meta({ description: 'A node by its name: authorities are n1, n2, …, followers f1, f2, …' });

/** One node or several. */
export const nodes = z
  .union([node.transform((name) => [name]), z.array(node).min(1, { error: `expected ${NODE}` })], {
    error: 'expected a node, or a list of nodes',
  })
  .meta({ description: 'A node, or a list of nodes.' });

/** A name that a transaction is known by. */
export const label = z
  .string({ error: 'expected a name of letters, digits, - and _' })
  .regex(/^[\w-]+$/, { error: 'expected a name of letters, digits, - and _' });

export const account = z.int().min(0).max(9).meta({ description: 'A development account, 0 to 9.' });

/** A mapping of these keys and no others; what is wrong with it names them. */
export function mapping<T extends z.core.$ZodLooseShape>(shape: T) {
  const words = `expected ${Object.keys(shape).length === 1 ? '' : 'one of '}${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? words
        : code === 'invalid_type'
          ? `expected a mapping of ${Object.keys(shape).join(', ')}`
          : undefined,
  });
}

function hex(form: RegExp, what: string) {
  return text(form, what, `${what[0]?.toUpperCase()}${what.slice(1)}.`, (written) => {
    const lower = written.toLowerCase();
    return isHex(lower) ? lower : null;
  });
}
