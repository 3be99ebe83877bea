import { HELP, parseCommandLine } from './command-line';

describe('the command line of the executable', () => {
  it('starts the gateway when it is empty', () => {
    expect(parseCommandLine([])).toEqual({ name: 'serve' });
  });

  it.each([
    ['--unpack', 'unpack'],
    ['--version', 'version'],
    ['-v', 'version'],
    ['--help', 'help'],
    ['-h', 'help'],
  ])('takes %s', (word, name) => {
    expect(parseCommandLine([word])).toEqual({ name });
  });

  it.each([
    [['--port', '80'], '--port 80'],
    [['--unpack', '/var/cache'], '--unpack /var/cache'],
    [['toString'], 'toString'],
    [[''], ''],
  ])('refuses %j by its words', (words, named) => {
    const sentence = `Cannot make sense of "${named}": --help says what there is.`;
    expect(parseCommandLine(words)).toEqual({ name: 'refused', sentence });
  });

  it('explains each of its long options', () => {
    expect(HELP.match(/--\w+/g)).toEqual(['--unpack', '--version', '--help']);
  });
});
