import { pathOf } from '../http/http.answers';
import type { ScenarioFactory } from './scenario';

/** `http-500[:<path>]`: the next request (to this path and below) fails; `times@N` for more of them. */
export const httpError: ScenarioFactory = ({ argument, spend }) => ({
  onRequest: ({ url = '/' }) => {
    const path = pathOf(url);
    if (argument.value !== undefined && !path.startsWith(argument.value)) return undefined;
    spend();
    return 500;
  },
});
