import { randomUUID } from 'node:crypto';

import { pythonStr, type JsonValue } from '@gateway/comfy-protocol';

import type { Profile } from '../profile';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Canonical form only: lower case, with hyphens. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The id a prompt gets; `undefined` when this release refuses the one it came with. */
export function choosePromptId(
  given: JsonValue | undefined,
  rule: Profile['clientPromptIds'],
): string | undefined {
  switch (rule) {
    case 'ignored':
      return randomUUID();
    case 'any':
      // A JSON null becomes the id "None".
      return given === undefined ? randomUUID() : pythonStr(given);
    case 'uuid':
      if (given === undefined || given === null) return randomUUID();
      return typeof given === 'string' && isUuid(given) ? given : undefined;
  }
}
