import type { LaunchCommand } from './launch-command';

/** An image that ComfyUI comes in, and where its own files are. */
export interface BaseImage {
  readonly name: string;
  /** Where ai-dock's files are; `/opt/ai-dock` unless told. */
  readonly root?: string;
}

/**
 * The command with the environment of its image around it.
 *
 * ai-dock keeps ComfyUI's Python in a virtual environment that only its scripts know. Where they are
 * not there, it is not that image and the command stays as it is.
 */
export function withImageEnvironment(
  command: LaunchCommand,
  { name, root = '/opt/ai-dock' }: BaseImage,
  exists: (path: string) => boolean,
): LaunchCommand {
  const environment = `${root}/etc/environment.sh`;
  const selectVenv = `${root}/bin/venv-set.sh`;
  if (name !== 'ai-dock' || !exists(environment) || !exists(selectVenv)) return command;
  const script = [
    'source "$1"',
    'source "$2" comfyui',
    'source "$COMFYUI_VENV/bin/activate"',
    'shift 2',
    'exec "$@"',
  ].join(' && ');
  const words = [command.program, ...command.arguments];
  return {
    program: 'bash',
    arguments: ['-c', script, 'bash', environment, selectVenv, ...words],
  };
}
