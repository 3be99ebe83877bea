import { nameInputs, snakeCase, tellingWords } from './input-names';

it.each([
  ['Sample (refiner)', 'steps', 'refiner'],
  ['KSampler Advanced', 'steps', ''],
  ['HiresPass 2', 'steps', 'hires_pass'],
  ['clip_name2', 'text_encoder', ''],
  ['Drei für Müde', 'cfg_scale', 'drei_fur_mude'],
  ['a title of five rather long telling words', 'steps', ''],
  ['猫', 'steps', ''],
])('%s tells of %s: "%s"', (hint, base, words) => {
  expect(tellingWords(hint, base)).toBe(words);
});

it.each([
  ['First frame', 'first_frame'],
  ['3D Pose!', 'd_pose'],
  ['KSampler2', 'ksampler2'],
  ['--', ''],
])('%s → %s', (text, name) => {
  expect(snakeCase(text)).toBe(name);
});

it('gives every input a name of its own', () => {
  const named = nameInputs([
    { base: 'steps', hints: ['Refiner'] },
    { base: 'steps', hints: ['Refiner'] },
    { base: 'steps', hints: ['Refiner'] },
    { base: 'steps', hints: [] },
    { base: 'refiner_steps', hints: [] },
  ]);

  expect(named).toEqual(['steps', 'refiner_steps', 'steps_2', 'steps_3', 'refiner_steps_2']);
});
