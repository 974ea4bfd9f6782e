// The fork after the attack on The DAO (EIP-779): ten blocks are marked in their extra data, and in the first of them the balances of
// The DAO and its children go to a contract that pays them back.

import { bytesToHex, utf8ToBytes } from '../lib/bytes.ts';
import type { Journal } from '../state/journal.ts';
import type { DaoFork } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import { mismatch, type Rejection } from '../types/rejection.ts';
import type { Address } from '../types/transaction.ts';
import { DAO_ACCOUNTS } from './dao-accounts.ts';

const MARK = bytesToHex(utf8ToBytes('dao-hard-fork'));
const MARKED_BLOCKS = 10;

const REFUND_CONTRACT: Address = '0xbf4ed7b27f1d666546e30d74d50d173d20bca754';

/** `header-extra-data` where a block beside the fork is on the other side of it. */
export function checkDaoMark({ block, isSupported }: DaoFork, header: Header): Rejection | null {
  if (header.number < block || header.number >= block + MARKED_BLOCKS) return null;
  const extraData = bytesToHex(header.extraData);
  if ((extraData === MARK) === isSupported) return null;
  return mismatch('header-extra-data', 'extraData', isSupported ? MARK : `anything but ${MARK}`, extraData);
}

/** Moves the balances. */
export function drainDao(journal: Journal): void {
  journal.beginTransaction();
  for (const address of DAO_ACCOUNTS) {
    const balance = journal.balance(address);
    journal.subtractBalance(address, balance);
    journal.addBalance(REFUND_CONTRACT, balance);
  }
  journal.endTransaction({ deleteEmpty: false });
}
