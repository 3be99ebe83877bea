/** The bytes of one webhook. They can be read again for each attempt, and are the same each time. */
export interface WebhookBody {
  /** How many there will be; `undefined` when only reading them tells. */
  sizeBytes(): number | undefined;
  /** In pieces of bounded size, made while they are taken. From the abort on, no file is open. */
  read(signal: AbortSignal): AsyncIterable<Buffer>;
}
