import type { PromptRejectedError } from '@gateway/prompt';

/** What is wrong with one node, in the contract's form. */
interface NodeProblem {
  readonly field: string;
  readonly reason: string;
}

/** Node → what is wrong with it; `undefined` for what no node is to blame for. */
export function nodeErrorsOf({
  code,
  location,
  nodeErrors,
}: Pick<PromptRejectedError, 'code' | 'location' | 'nodeErrors'>):
  Readonly<Record<string, readonly NodeProblem[]>> | undefined {
  if (nodeErrors) {
    return Object.fromEntries(
      Object.entries(nodeErrors).map(([nodeId, { errors }]) => [
        nodeId,
        errors.map(({ type, extra_info }) => ({
          field: fieldOf(extra_info['input_name']),
          reason: REASONS[type] ?? type,
        })),
      ]),
    );
  }
  const [, nodeId, input] = /^prompt\.([^.]+)(?:\.(?:inputs\.)?(.+))?$/.exec(location) ?? [];
  if (nodeId === undefined) return undefined;
  // Without a word on an input, it is the class that ComfyUI does not know.
  const reason = code === 'prompt.refused' ? 'unknown_class' : (code.split('.')[1] ?? code);
  return { [nodeId]: [{ field: input ?? NODE_ITSELF, reason }] };
}

const NODE_ITSELF = 'class_type';

function fieldOf(input: unknown): string {
  return typeof input === 'string' ? input : NODE_ITSELF;
}

/** Where the contract has a word of its own. */
const REASONS: Readonly<Record<string, string>> = { required_input_missing: 'missing_input' };
