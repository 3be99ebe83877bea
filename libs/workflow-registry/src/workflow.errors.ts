import { DomainError } from '@gateway/kernel';

/** The author's code threw over an input. The answer tells its words; the log has its stack. */
export class WorkflowFailedError extends DomainError {
  readonly code = 'workflow.failed';
  readonly location = 'input';
}
