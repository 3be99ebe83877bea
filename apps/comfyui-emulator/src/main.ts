import { parseCommandLine } from './cli/command-line.parser';
import { runEmulator } from './emulator.process';

const stderr = (text: string): void => void process.stderr.write(text);
const stdout = (text: string): void => void process.stdout.write(text);
const commandLine = parseCommandLine(process.argv.slice(2), stdout, stderr);

if (commandLine.outcome === 'exit') {
  process.exitCode = commandLine.code;
} else {
  void runEmulator(commandLine.options, {
    cwd: process.cwd(),
    streams: { stdout, stderr },
    exit: (code) => process.exit(code),
    kill(signal) {
      // Our own listener would swallow it.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    },
    onInterrupt: (listener) => process.on('SIGINT', listener),
  });
}
