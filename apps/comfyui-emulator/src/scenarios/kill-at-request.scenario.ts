import { pathOf } from '../http/http.answers';
import type { ScenarioFactory } from './scenario';

/** `kill-at-request[:<path>]`: SIGKILL at the next request (to this path and below), unanswered. */
export const killAtRequest: ScenarioFactory = ({ argument, kill, spend }) => ({
  onRequest: ({ url = '/' }) => {
    if (!pathOf(url).startsWith(argument.value ?? '/')) return undefined;
    spend();
    kill('SIGKILL');
    return undefined;
  },
});
