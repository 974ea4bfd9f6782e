// What frames did in linear memory that the journal does not know yet: writes to slots, logs, refunds. Before the driver reads or changes the
// journal it brings them there in order, with a checkpoint for each frame that the module has opened; where a frame fails, it takes them back.

import { present } from '../../lib/assert.ts';
import type { Journal } from '../../state/journal.ts';
import type { Hash } from '../../types/transaction.ts';
import type { AccountCache } from './account-cache.ts';
import {
  CONTROL,
  LOG,
  LOGS,
  RECORD,
  RECORDS,
  type Rooms,
  SLOT,
  TRANSIENT,
  WORD_BYTES,
  WRITE,
  WRITES,
} from './layout.ts';
import { getControl, type LinearMemory, readLimbs, setControl } from './linear-memory.ts';
import type { Exports } from './module.ts';
import type { Beginning } from './place.ts';
import type { SlotCache } from './slot-cache.ts';
import { createTopics } from './topics.ts';

export type Effects = {
  /** Nothing is done yet. */
  readonly reset: () => void;
  /** Marks the beginning of a frame that the driver opens, whose checkpoint the journal has. */
  readonly begin: (depth: number) => void;
  /** Brings everything to the journal. The module may end frames itself all the same. */
  readonly sync: (journal: Journal) => void;
  /** Forgets slots, whose values only the journal knows now, and makes room for writes; all is in the journal. */
  readonly forgetSlots: () => void;
  /** Forgets the balance, which may be another now. */
  readonly forgetBalance: () => void;
  /** Whether there is no room for one more write. */
  readonly isFull: () => boolean;
  /** Takes back what the frame at a depth did, but for what the journal knows. */
  readonly revert: (depth: number) => void;
};

/** How many writes of inner frames are gone through to find the last one of an outer frame, so that many frames take no long search each. */
const LATER_WRITES_MAX = 16;

/** The address of the record of a depth. */
export function recordAt(depth: number): number {
  return RECORDS + depth * RECORD.bytes;
}

export function createEffects(
  linear: LinearMemory,
  undoWrites: Exports['undoWrites'],
  slots: SlotCache,
  accounts: AccountCache,
  beginningAt: (depth: number) => Beginning,
  { writesEnd }: Rooms,
): Effects {
  const recordField = (depth: number, field: keyof typeof RECORD): number =>
    getControl(linear, recordAt(depth) + RECORD[field]);
  const setRecord = (depth: number, field: keyof typeof RECORD, value: number): void =>
    setControl(linear, recordAt(depth) + RECORD[field], value);

  /** Of several writes to a slot that no checkpoint parts only the last one counts. */
  const isSuperseded = (at: number, end: number): boolean => {
    let last = getControl(linear, getControl(linear, at + WRITE.entry) + SLOT.last);
    for (let i = 0; last >= end && i < LATER_WRITES_MAX; i++) last = getControl(linear, last + WRITE.previous);
    return last > at && last < end;
  };
  const syncWrites = (journal: Journal, end: number): void => {
    let at = getControl(linear, CONTROL.writesSynced);
    for (; at < end; at += WRITE.bytes) {
      if (isSuperseded(at, end)) continue;
      const tag = getControl(linear, at + WRITE.tag);
      const slot = readLimbs(linear, at + WRITE.slot);
      const value = readLimbs(linear, at + WRITE.after);
      if (tag < TRANSIENT) journal.setStorage(accounts.addressOf(tag), slot, value);
      else journal.setTransientStorage(accounts.addressOf(tag - TRANSIENT), slot, value);
    }
    setControl(linear, CONTROL.writesSynced, at);
  };
  const topicAt = createTopics(linear);
  const syncLogs = (journal: Journal, from: number, end: number): void => {
    for (let at = from; at < end; at += getControl(linear, at + LOG.bytes)) {
      const dataAt = at + LOG.head + getControl(linear, at + LOG.topics) * WORD_BYTES;
      const topics: Hash[] = [];
      for (let topic = at + LOG.head; topic < dataAt; topic += WORD_BYTES) topics.push(topicAt(topic));
      const data = linear.bytes.slice(dataAt, dataAt + getControl(linear, at + LOG.dataSize));
      journal.addLog({ address: accounts.addressOf(getControl(linear, at + LOG.tag)), topics, data });
    }
  };
  const addRefund = (journal: Journal, gas: number): void => {
    if (gas > 0) journal.addRefund(gas);
    else if (gas < 0) journal.subtractRefund(-gas);
  };

  const forgetBalance = (): void => setControl(linear, CONTROL.balanceTag, 0);

  return {
    reset() {
      forgetBalance();
      setControl(linear, CONTROL.writesTop, WRITES);
      setControl(linear, CONTROL.writesSynced, WRITES);
      setControl(linear, CONTROL.logsTop, LOGS);
      setRefund(linear);
      slots.forgetSince(0);
      accounts.reset();
    },
    begin(depth) {
      forgetBalance();
      setRecord(depth, 'writesMark', getControl(linear, CONTROL.writesTop));
      setRecord(depth, 'hasCheckpoint', 1);
      setRecord(depth, 'hasFrame', 1);
      const beginning = beginningAt(depth);
      beginning.slotsMark = slots.mark();
      beginning.accountsMark = accounts.mark();
    },
    sync(journal) {
      const depth = getControl(linear, CONTROL.depth);
      const writesTop = getControl(linear, CONTROL.writesTop);
      const logsTop = getControl(linear, CONTROL.logsTop);
      let first = depth;
      while (recordField(first, 'hasCheckpoint') === 0) first--;
      let logs = LOGS;
      let refund = 0;
      for (let d = first + 1; d <= depth; d++) {
        syncWrites(journal, recordField(d, 'writesMark'));
        const logsMark = recordField(d, 'logsMark');
        syncLogs(journal, logs, logsMark);
        logs = logsMark;
        const refundMark = refundAt(linear, recordAt(d) + RECORD.refundMark);
        addRefund(journal, refundMark - refund);
        refund = refundMark;
        const beginning = beginningAt(d);
        beginning.checkpoint = journal.checkpoint();
        beginning.slotsMark = slots.mark();
        beginning.accountsMark = accounts.mark();
        setRecord(d, 'hasCheckpoint', 1);
      }
      syncWrites(journal, writesTop);
      if (logsTop !== logs) syncLogs(journal, logs, logsTop);
      setControl(linear, CONTROL.logsTop, LOGS);
      addRefund(journal, refundAt(linear, CONTROL.refund) - refund);
      setRefund(linear);
    },
    forgetSlots() {
      forgetBalance();
      slots.forgetSince(0);
      setControl(linear, CONTROL.writesTop, WRITES);
      setControl(linear, CONTROL.writesSynced, WRITES);
      for (let depth = getControl(linear, CONTROL.depth); depth > 0; depth--) {
        setRecord(depth, 'writesMark', WRITES);
        beginningAt(depth).slotsMark = 0;
      }
    },
    forgetBalance,
    isFull: () => getControl(linear, CONTROL.writesTop) >= writesEnd,
    revert(depth) {
      forgetBalance();
      const mark = recordField(depth, 'writesMark');
      undoWrites(mark);
      if (getControl(linear, CONTROL.writesSynced) > mark) setControl(linear, CONTROL.writesSynced, mark);
      setControl(linear, CONTROL.logsTop, LOGS);
      setRefund(linear);
      const { slotsMark, accountsMark } = present(beginningAt(depth), 'a frame that began');
      slots.forgetSince(slotsMark);
      accounts.forgetSince(accountsMark);
    },
  };
}

function refundAt({ ints, longs }: LinearMemory, address: number): number {
  const i = address >>> 2;
  if (((ints[i] ?? 0) | (ints[i + 1] ?? 0)) === 0) return 0;
  return Number(BigInt.asIntN(64, longs[address >>> 3] ?? 0n));
}

/** The journal knows the whole refund. */
function setRefund({ longs }: LinearMemory): void {
  longs[CONTROL.refund >>> 3] = 0n;
}
