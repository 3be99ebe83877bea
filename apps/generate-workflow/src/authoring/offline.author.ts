import { comboOptions, type PromptGraph } from '@gateway/comfy-protocol';

import type { NodeListing } from '../reading/node-listing';
import { workflowSource } from '../source/workflow.source';
import { GraphReading } from './graph-reading';
import { describeProduct, productOf } from './product';
import type { RequestInput } from './request-input';
import { requestInputs } from './request-inputs';

/** What the author of a file may be told besides the graph. */
export interface Wishes {
  /** Name of the file that the graph is from. */
  readonly graphName: string;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
}

export interface WrittenWorkflow {
  readonly source: string;
  readonly inputs: readonly RequestInput[];
  /** Also in the file's first comment. */
  readonly notes: readonly string[];
}

/** Writes a workflow file from what the nodes declare. Decides alone and asks nobody. */
export function writeWorkflow(
  graph: PromptGraph,
  listing: NodeListing,
  wishes: Wishes,
): WrittenWorkflow {
  const reading = new GraphReading(graph, listing.info);
  const product = productOf(reading);
  const inputs = requestInputs(reading, listing, product);
  const told = describeProduct(product, inputs);
  const notes = [...unknownClasses(reading), ...missingModels(inputs, reading, listing)];
  const source = workflowSource({
    graph,
    inputs,
    notes,
    origin: `Written by generate-workflow from ${wishes.graphName} and the node listing of ${listing.source}.`,
    summary: wishes.summary ?? told.summary,
    description: wishes.description ?? told.description,
  });
  return { source, inputs, notes };
}

function unknownClasses(reading: GraphReading): readonly string[] {
  const unknown = reading.order.filter((id) => reading.classOf(id) === undefined);
  const names = new Set(unknown.map((id) => reading.node(id)?.class_type ?? ''));
  return [...names].map(
    (name) => `The listing does not know ${name}: its values were left as they are.`,
  );
}

function missingModels(
  inputs: readonly RequestInput[],
  reading: GraphReading,
  { knowsModels }: NodeListing,
): readonly string[] {
  if (!knowsModels) return [];
  return inputs.flatMap(({ name, schema, original, places }) => {
    const isListed = places.some((place) => {
      const config = reading.config(place);
      return (config && comboOptions(config)?.includes(original)) === true;
    });
    return schema.type !== 'model' || isListed
      ? []
      : [`${original} (${name}) is not installed there: put it into models/${schema.folder}.`];
  });
}
