import type { EmulatedServer } from '../../emulated-server';
import type { RouteTable } from '../route.table';

export function addJobRoutes(_routes: RouteTable, _server: EmulatedServer): void {
  // filled in below
}
