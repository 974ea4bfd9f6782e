// Every property that is checked in every run, by its number.

import { validBlocks } from './p03-valid-blocks.ts';
import { oneHead } from './p05-one-head.ts';
import { growth } from './p06-growth.ts';
import { haltingSide } from './p07-halting-side.ts';
import { noRepeat } from './p09-no-repeat.ts';
import { reorganisations } from './p10-reorganisations.ts';
import { oneResult } from './p11-one-result.ts';
import { once } from './p14-once.ts';
import { oneSeal } from './p18-one-seal.ts';
import { named } from './p20-named.ts';
import type { Property } from './property.ts';

export const PROPERTIES: readonly Property[] = [
  validBlocks,
  oneHead,
  growth,
  haltingSide,
  noRepeat,
  reorganisations,
  oneResult,
  once,
  oneSeal,
  named,
];
