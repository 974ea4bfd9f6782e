// Every property that is checked in every run, by its number.

import { safeStays } from './p02-safe.ts';
import { validBlocks } from './p03-valid-blocks.ts';
import { oneHead } from './p05-one-head.ts';
import { growth } from './p06-growth.ts';
import { haltingSide } from './p07-halting-side.ts';
import { everybodySeals } from './p08-everybody-seals.ts';
import { noRepeat } from './p09-no-repeat.ts';
import { reorganisations } from './p10-reorganisations.ts';
import { oneResult } from './p11-one-result.ts';
import { replayed } from './p12-replay.ts';
import { fates } from './p13-fates.ts';
import { once } from './p14-once.ts';
import { supply } from './p15-supply.ts';
import { neverAgain } from './p16-never-again.ts';
import { durableBlocks } from './p17-durable-blocks.ts';
import { oneSeal } from './p18-one-seal.ts';
import { evidenceTold } from './p19-evidence.ts';
import { named } from './p20-named.ts';
import { caps } from './p21-caps.ts';
import type { Property } from './property.ts';

export const PROPERTIES: readonly Property[] = [
  safeStays,
  validBlocks,
  oneHead,
  growth,
  haltingSide,
  everybodySeals,
  noRepeat,
  reorganisations,
  oneResult,
  replayed,
  fates,
  once,
  supply,
  neverAgain,
  durableBlocks,
  oneSeal,
  evidenceTold,
  named,
  caps,
];
