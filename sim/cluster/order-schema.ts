// The words for what is done to a network and to its machines, as they are read from outside: over HTTP, and wherever else they are data.

import { z } from 'zod';
import type { LinkShape, NetworkOrder } from '../kernel/links.ts';
import { DISK_FAULTS, type MachineOrder } from '../kernel/machine-order.ts';

/** No wait that is ordered is longer, milliseconds. */
const WAIT_MS_MAX = 60_000;
const FREEZE_MS_MAX = 600_000;
const OFFSET_MS_MAX = 10 * 365 * 24 * 3_600_000;

const waitMs = z.int().min(0).max(WAIT_MS_MAX);
const percent = z.int().min(0).max(100);

/** What of a link's shape is to change. */
export const linkShapeSchema: z.ZodType<Partial<LinkShape>> = z
  .strictObject({
    state: z.enum(['open', 'stalled', 'cut']),
    delayMs: waitMs,
    jitterMs: waitMs,
    bitsPerSecond: z.int().positive().nullable(),
    lossPercent: percent,
    duplicatePercent: percent,
    reorderPercent: percent,
  })
  .partial() as z.ZodType<Partial<LinkShape>>; // zod's partial() lets undefined in, which JSON does not have

/** An order to the network. Whether its names are those of the network, `checkOrder` says. */
export const networkOrderSchema: z.ZodType<NetworkOrder> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('partition'), groups: z.array(z.array(z.string())) }),
  z.strictObject({ kind: z.literal('heal') }),
  z.strictObject({
    kind: z.literal('link'),
    from: z.string(),
    to: z.string(),
    direction: z.enum(['both', 'one-way']),
    shape: linkShapeSchema,
  }),
  z.strictObject({ kind: z.literal('node'), node: z.string(), state: z.enum(['open', 'stalled', 'cut']) }),
]);

/** An order to a machine. Whether its node is one of the network, `checkMachineOrder` says. */
export const machineOrderSchema: z.ZodType<MachineOrder> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('clock'),
    node: z.string(),
    offsetMs: z.int().min(-OFFSET_MS_MAX).max(OFFSET_MS_MAX),
  }),
  z.strictObject({
    kind: z.literal('disk'),
    node: z.string(),
    fault: z.enum(DISK_FAULTS),
  }),
  z.strictObject({ kind: z.literal('sync'), node: z.string(), delayMs: waitMs }),
  z.strictObject({ kind: z.literal('slow'), node: z.string(), msPerBlock: waitMs }),
  z.strictObject({ kind: z.literal('freeze'), node: z.string(), ms: z.int().min(0).max(FREEZE_MS_MAX) }),
  z.strictObject({ kind: z.literal('repair') }),
]);
