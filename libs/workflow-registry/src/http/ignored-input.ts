import { nearestName } from '@gateway/workflow-files';
import { z } from 'zod';

/**
 * A sentence for each key of an input that its schema drops without a word, as Zod does unless it is
 * told otherwise. They are no error, since they were none in comfyui-api; a typo should show all the same.
 */
export function ignoredInput(schema: z.core.$ZodType, input: unknown): readonly string[] {
  return ignoredIn(schema, input, 'input').slice(0, MAX_SENTENCES);
}

const MAX_SENTENCES = 20;

function ignoredIn(schema: z.core.$ZodType, value: unknown, path: string): readonly string[] {
  const object = objectIn(schema);
  if (!object || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { shape, catchall } = object._zod.def;
  return Object.entries(value).flatMap(([key, member]) => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (known) return ignoredIn(known, member, `${path}.${key}`);
    if (catchall) return [];
    const meant = nearestName(key, Object.keys(shape));
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    return [`${path}.${key} is not known to this workflow and was ignored${hint}`];
  });
}

/** The object that an input must be, if that is all it may be. */
function objectIn(schema: z.core.$ZodType): z.core.$ZodObject | undefined {
  if (schema instanceof z.core.$ZodObject) return schema;
  if (schema instanceof z.core.$ZodPipe) return objectIn(schema._zod.def.in);
  const { def } = schema._zod;
  return 'innerType' in def ? objectIn(def.innerType as z.core.$ZodType) : undefined;
}
