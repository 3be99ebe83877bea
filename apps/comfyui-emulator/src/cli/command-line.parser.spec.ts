import type { EmulatorOptions } from '../emulator.options';
import { parseCommandLine } from './command-line.parser';

function parse(...argv: string[]): EmulatorOptions {
  const result = parseCommandLine(
    argv,
    () => undefined,
    () => undefined,
  );
  if (result.outcome !== 'run') throw new Error(`exit ${result.code}`);
  return result.options;
}

describe('parseCommandLine', () => {
  it("has ComfyUI's defaults", () => {
    expect(parse()).toMatchObject({
      addresses: ['127.0.0.1'],
      port: 8188,
      previewMethod: 'none',
      cache: { kind: 'classic' },
      customNodes: 'all',
      metadata: true,
      maxUploadMegabytes: undefined,
      corsOrigin: undefined,
    });
  });

  it('listens everywhere when --listen has no value', () => {
    expect(parse('--listen').addresses).toEqual(['0.0.0.0', '::']);
    expect(parse('--listen', '127.0.0.1,::1').addresses).toEqual(['127.0.0.1', '::1']);
  });

  it('takes a --cache-lru of 0 for classic, as ComfyUI does', () => {
    expect(parse('--cache-lru', '0').cache).toEqual({ kind: 'classic' });
    expect(parse('--cache-lru', '5').cache).toEqual({ kind: 'lru', size: 5 });
    expect(parse('--cache-none').cache).toEqual({ kind: 'none' });
  });

  it('accepts options that only concern a real machine', () => {
    const argv = '--cpu --lowvram --cuda-device 1 --fast fp16_accumulation --deterministic';
    expect(parse(...argv.split(' '), '--port', '9000').port).toBe(9000);
  });

  it('collects scenarios', () => {
    expect(parse('--scenario', 'a:1', '--scenario', 'b').scenarios).toEqual(['a:1', 'b']);
  });

  it.each([['--nope'], ['--port', '70000'], ['--step-ms', '-1'], ['--profile', '1.0'], ['stray']])(
    'refuses %s with 2 and usage',
    (...argv) => {
      const complaints: string[] = [];
      const result = parseCommandLine(
        argv,
        () => undefined,
        (text) => complaints.push(text),
      );
      expect(result).toEqual({ outcome: 'exit', code: 2 });
      expect(complaints.join('')).toMatch(/^usage: main\.py/);
    },
  );

  it('helps and ends with 0', () => {
    const printed: string[] = [];
    const result = parseCommandLine(
      ['--help'],
      (text) => printed.push(text),
      () => undefined,
    );
    expect(result).toEqual({ outcome: 'exit', code: 0 });
    expect(printed.join('')).toContain('--scenario');
  });
});
