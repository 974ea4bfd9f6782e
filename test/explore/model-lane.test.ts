import { test } from 'vitest';
import { exploreFreshSeeds } from './fresh-seeds.ts';

test('fresh seeds of the model lane break no property', () => exploreFreshSeeds('model'));
