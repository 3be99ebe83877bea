import { DomainError } from '@gateway/kernel';

export interface EnvironmentProblem {
  readonly variable: string;
  /** Words that follow the variable's name: "must be …". */
  readonly problem: string;
}

/** The environment holds values that mean nothing; all of them, not just the first. */
export class InvalidEnvironmentError extends DomainError {
  readonly code = 'config.invalid';

  constructor(readonly problems: readonly EnvironmentProblem[]) {
    super(problems.map(({ variable, problem }) => `${variable} ${problem}`).join('\n'));
  }
}
