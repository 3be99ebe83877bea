import { nearestName } from '@gateway/workflow-files';

import { routeOf } from '../workflow-route';
import type { WorkflowCatalogue } from '../workflow.catalogue';

/** Why nothing is served at a path below `/workflows/`, and what may have been meant. */
export function missingWorkflow(catalogue: WorkflowCatalogue, path: string): string {
  const route = routeOf(path.replace(/\/$/, ''));
  const broken = catalogue.broken.find((entry) => entry.route === route);
  if (broken) {
    const line = broken.line === undefined ? '' : `:${broken.line}`;
    return `Workflow ${broken.file}${line} is not served: ${broken.reason}; see GET /workflows`;
  }
  const routes = catalogue.served.map((served) => served.route);
  if (routes.includes(route)) return `A workflow is run by POST /workflows/${route}`;
  const meant = nearestName(route, routes) ?? sameName(route, routes);
  const hint = meant === undefined ? '' : `; did you mean /workflows/${meant}?`;
  return `There is no workflow "${route}"${hint === '' ? ';' : hint} GET /workflows lists them all`;
}

/** In another folder. */
function sameName(route: string, routes: readonly string[]): string | undefined {
  const name = lastPart(route);
  return routes.find((other) => lastPart(other) === name);
}

function lastPart(route: string): string | undefined {
  return route.split('/').at(-1);
}
