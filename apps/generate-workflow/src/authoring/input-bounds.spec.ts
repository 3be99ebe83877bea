import type { InputConfig } from '@gateway/comfy-protocol';

import { sharedBounds } from './input-bounds';

const whole = (min: number, max: number, step = 1): InputConfig => ['INT', { min, max, step }];

it.each<[string, readonly InputConfig[], number | bigint, object]>([
  ['bounds', [whole(1, 100)], 20, { bounds: { min: 1, max: 100 } }],
  ['none', [['FLOAT']], 20, { bounds: {} }],
  [
    'a step from 0',
    [whole(16, 64, 8)],
    24,
    { bounds: { min: 16, max: 64, multipleOf: 8 }, words: 'a multiple of 8' },
  ],
  [
    'a step from elsewhere',
    [whole(1, 64, 4)],
    17,
    { bounds: { min: 1, max: 64 }, words: '1 more than a multiple of 4' },
  ],
  ['no step that the value is not on', [whole(16, 64, 8)], 20, { bounds: { min: 16, max: 64 } }],
  ['no step of a fraction', [['FLOAT', { min: 0, step: 2 }]], 4, { bounds: { min: 0 } }],
  ['no bound that the value breaks', [whole(16, 64)], 128, { bounds: { min: 16 } }],
  ['no bound beyond 2^53', [['INT', { min: 0, max: 2n ** 64n - 1n }]], 7, { bounds: { min: 0 } }],
  ['none for a bigint', [whole(0, 5)], 2n ** 64n - 1n, { bounds: { min: 0 } }],
  [
    'what two nodes allow',
    [whole(0, 100), whole(16, 64, 8), whole(8, 96, 12)],
    48,
    { bounds: { min: 16, max: 64 } },
  ],
  [
    'the common step of two nodes',
    [whole(0, 100, 4), whole(24, 96, 6)],
    48,
    { bounds: { min: 24, max: 96, multipleOf: 12 }, words: 'a multiple of 12' },
  ],
])('takes %s', (_, configs, value, expected) => {
  expect(sharedBounds(configs, value)).toEqual(expected);
});
