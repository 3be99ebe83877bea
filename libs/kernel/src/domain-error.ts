/**
 * Base of every error the gateway raises on purpose.
 *
 * `code` is stable and namespaced (`comfy.exited`); the api maps it to a status in one table.
 * Facts live in the subclass's own fields, the message is built from them, and the original
 * failure is kept as `cause`.
 */
export abstract class DomainError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
