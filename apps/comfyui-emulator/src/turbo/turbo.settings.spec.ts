import { parseTurboSettings, TurboSettingError } from './turbo.settings';

describe('parseTurboSettings', () => {
  it('has a prompt without any work as its default', () => {
    expect(parseTurboSettings('')).toEqual({
      delay: 0,
      steps: 0,
      preview: undefined,
      outputs: 1,
      parallel: 1,
      file: undefined,
    });
  });

  it('reads every setting', () => {
    expect(
      parseTurboSettings('delay@20,steps@4,preview@p.jpg,outputs@2,parallel@64,file@/a/b@c.png'),
    ).toEqual({
      delay: 20,
      steps: 4,
      preview: 'p.jpg',
      outputs: 2,
      parallel: 64,
      file: '/a/b@c.png',
    });
  });

  it.each(['delay', 'delay@', 'delay@-1', 'delay@x', 'parallel@0', 'speed@3'])(
    'refuses %s',
    (text) => {
      expect(() => parseTurboSettings(text)).toThrow(TurboSettingError);
    },
  );
});
