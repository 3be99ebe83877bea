import { randomUUID } from 'node:crypto';

import { inputTextKind } from './inline-content';
import { isJsonObject, type JsonValue } from './json';

/** A text of a request body, in the pieces that it came in: it was never parsed, nor copied. */
export class LongText {
  /** @param slices UTF-8, the first of them long enough to tell what the text is. */
  constructor(private readonly slices: readonly Buffer[]) {}

  get length(): number {
    return this.slices.reduce((sum, { length }) => sum + length, 0);
  }

  /** For base64, with or without the head of a data URI: it has no character beyond ASCII. */
  *pieces(): Generator<string> {
    for (const slice of this.slices) yield slice.toString('latin1');
  }

  toString(): string {
    return Buffer.concat(this.slices).toString('utf8');
  }
}

/**
 * The long texts of a request body. The body itself has a stand-in for each: a text that begins as it
 * does, so that whoever judges it by its beginning judges both alike, and that nobody can guess.
 */
export class LongTexts {
  private readonly texts = new Map<string, LongText>();

  get isEmpty(): boolean {
    return this.texts.size === 0;
  }

  /** @returns its stand-in. */
  add(text: LongText, beginning: string): string {
    const standIn = beginning + randomUUID().replaceAll('-', '');
    this.texts.set(standIn, text);
    return standIn;
  }

  /** What a text of the body stands for, if it is a stand-in. */
  get(standIn: string): LongText | undefined {
    return this.texts.get(standIn);
  }

  /** The value with the texts themselves; the same one when it has no stand-in. */
  restoreIn<Value>(value: Value): Value {
    return this.isEmpty ? value : (this.restored(value as JsonValue | undefined) as Value);
  }

  /** They are not needed any more, whoever still holds on to the body. */
  release(): void {
    this.texts.clear();
  }

  private restored(value: JsonValue | undefined): JsonValue | undefined {
    if (typeof value === 'string') return this.texts.get(value)?.toString() ?? value;
    if (Array.isArray(value)) return changed(value, (item) => this.restored(item) ?? null);
    if (!isJsonObject(value)) return value;
    const values = Object.values(value);
    const restored = changed(values, (item) => this.restored(item) ?? null);
    if (restored === values) return value;
    return Object.fromEntries(Object.keys(value).map((key, at) => [key, restored[at] ?? null]));
  }
}

/** The same array when nothing in it changed. */
function changed(
  items: readonly JsonValue[],
  change: (item: JsonValue) => JsonValue,
): readonly JsonValue[] {
  const next = items.map(change);
  return next.some((item, at) => item !== items[at]) ? next : items;
}

/** Of what a text's kind is told by, all counts; of a name, no more is a name. */
export const BEGINNING_LENGTH = 4096;

/** Whether a text with this beginning is a file in base64, by what file inputs go by. */
export function beginsLikeBase64(beginning: string): boolean {
  return inputTextKind(beginning) === 'base64' || /^data:[^,]*;base64,/i.test(beginning);
}
