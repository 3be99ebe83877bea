export type Command =
  | { readonly name: 'serve' | 'unpack' | 'version' | 'help' }
  | { readonly name: 'refused'; readonly sentence: string };

/** What the words after the executable's name ask for. Everything else is a variable's matter. */
export function parseCommandLine(words: readonly string[]): Command {
  const [word, ...more] = words;
  if (word === undefined) return { name: 'serve' };
  if (more.length === 0 && Object.hasOwn(COMMANDS, word)) {
    return { name: COMMANDS[word as keyof typeof COMMANDS] };
  }
  return {
    name: 'refused',
    sentence: `Cannot make sense of "${words.join(' ')}": --help says what there is.`,
  };
}

const COMMANDS = {
  '--unpack': 'unpack',
  '--version': 'version',
  '-v': 'version',
  '--help': 'help',
  '-h': 'help',
} as const;

export const HELP = `ComfyUI Gateway: the production API for ComfyUI.

  comfyui-gateway             starts it; every setting is an environment variable
  comfyui-gateway --unpack    only unpacks its files, as the first start does, and prints their folder
  comfyui-gateway --version   prints its version
  comfyui-gateway --help      prints this

Its files are unpacked below COMFYUI_GATEWAY_CACHE_DIR; if that is not set, below
$XDG_CACHE_HOME/comfyui-gateway or ~/.cache/comfyui-gateway.
`;
