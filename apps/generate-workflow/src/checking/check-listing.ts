import { inputConfig, isCoreClass } from '@gateway/catalogue';
import {
  isLink,
  uploadKind,
  validatePrompt,
  type InputConfig,
  type JsonValue,
  type NodeClassInfo,
  type ObjectInfo,
  type PromptGraph,
  type ValidationResult,
  type ValidationRules,
} from '@gateway/comfy-protocol';

import { modelFolder } from '../authoring/model-folder';
import type { NodeListing } from '../reading/node-listing';

/**
 * Validates a graph as ComfyUI will, as far as the listing knows its nodes. Files and models are not
 * looked for: they may be sent later, or be on another machine.
 */
export function validateGraph(graph: PromptGraph, listing: NodeListing): ValidationResult {
  const { info, folders } = listing;
  const isKnown = (classType: string): boolean => Object.hasOwn(info, classType);
  const rules: ValidationRules = {
    checksBounds: (classType) => isKnown(classType) && isCoreClass(info, classType),
    checksLinks: isKnown,
    customCheck: ({ classType, input }) => {
      if (!isKnown(classType)) return undefined;
      const config = inputConfig(info, classType, input);
      const isFile =
        uploadKind(info, classType, input) !== undefined ||
        (config && modelFolder(classType, input, config, folders) !== undefined);
      return isFile ? true : undefined;
    },
  };
  return validatePrompt(
    graph as unknown as JsonValue,
    { ...standIns(graph, info), ...info },
    rules,
  );
}

/** Classes that are not listed take and give anything; what they are linked to is looked at. */
function standIns(graph: PromptGraph, info: ObjectInfo): ObjectInfo {
  const nodes = Object.entries(graph).filter(([, node]) => !Object.hasOwn(info, node.class_type));
  const isUsed = (id: string): boolean =>
    Object.values(graph).some(({ inputs }) =>
      Object.values(inputs).some((value) => isLink(value) && value[0] === id),
    );
  return Object.fromEntries(
    nodes.map(([id, { class_type: name, inputs }]) => [name, standIn(name, inputs, !isUsed(id))]),
  );
}

function standIn(name: string, inputs: object, isLast: boolean): NodeClassInfo {
  const optional = Object.fromEntries(
    Object.keys(inputs).map((input): [string, InputConfig] => [input, ['*']]),
  );
  return { name, input: { optional }, output: [], output_node: isLast };
}
