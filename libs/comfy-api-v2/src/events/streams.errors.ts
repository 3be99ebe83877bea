import { DomainError } from '@gateway/kernel';

/** This process holds as many event streams open as it may; a job can be polled all the same. */
export class TooManyStreamsError extends DomainError {
  readonly code = 'streams.too_many';
  readonly retryAfterS = 5;

  constructor(readonly limit: number) {
    super(`${limit} event streams are open already; poll the job, or try again later`);
  }
}
