import { featuresOf } from './engine-version';

describe('featuresOf', () => {
  it.each([
    ['0.3.44', false, false, false],
    ['0.3.45', true, false, false],
    ['v0.3.57', true, true, false],
    ['0.25.9', true, true, false],
    ['0.26', true, true, true],
    ['0.26.0-rc.1', true, true, true],
    ['1.0.0', true, true, true],
  ])('of %s', (version, clientPromptId, targetedInterrupt, jobCancel) => {
    expect(featuresOf(version)).toEqual({ clientPromptId, targetedInterrupt, jobCancel });
  });

  it.each([undefined, 'nightly'])('of %s expects nothing that could do harm', (version) => {
    expect(featuresOf(version)).toMatchObject({ targetedInterrupt: false, jobCancel: false });
  });
});
