import { parseLaunchCommand } from './launch-command';

describe('a launch command', () => {
  it.each([
    ['init.sh', ['init.sh']],
    ['python main.py --port 8188', ['python', 'main.py', '--port', '8188']],
    [`python "my main.py" --name 'a "b" c'`, ['python', 'my main.py', '--name', 'a "b" c']],
    ['python my\\ main.py ""', ['python', 'my main.py', '']],
    [
      `bash -c 'cd /x && exec python main.py | tee log'`,
      ['bash', '-c', 'cd /x && exec python main.py | tee log'],
    ],
    ['  python\tmain.py\n', ['python', 'main.py']],
  ])('is split as a shell would: %s', (command, [program, ...rest]) => {
    expect(parseLaunchCommand(command)).toEqual({ program, arguments: rest });
  });

  it.each([
    [
      'run $HOME ${HOME} "$HOME" \'$HOME\' \\$HOME',
      ['$HOME', '${HOME}', '$HOME', '$HOME', '$HOME'],
    ],
    ['run *.py http://x/?a=1', ['*.py', 'http://x/?a=1']],
  ])('hands on variables and wildcards as they stand: %s', (command, words) => {
    expect(parseLaunchCommand(command).arguments).toEqual(words);
  });

  it.each([
    ['a && b', '"&&" is shell syntax'],
    ['a | b', '"|" is shell syntax'],
    ['a > log', '">" is shell syntax'],
    ['a ; b', '";" is shell syntax'],
    ['a &', '"&" is shell syntax'],
    ['a # note', '"#" is shell syntax'],
    ['a "b', 'a quote is opened and never closed'],
    ["a 'b", 'a quote is opened and never closed'],
    ['PORT=1 python main.py', 'write env PORT=1 python main.py'],
    ['""', 'names no program'],
  ])('is refused with one sentence where only a shell could run it: %s', (command, problem) => {
    expect(() => parseLaunchCommand(command)).toThrow(
      expect.objectContaining({
        code: 'comfy.command_invalid',
        message: expect.stringContaining(problem) as string,
      }) as Error,
    );
  });
});
