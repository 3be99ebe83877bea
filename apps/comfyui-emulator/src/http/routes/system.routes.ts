import { existsSync, readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';

import { serverFlags, type EmulatedServer } from '../../emulated-server';
import { sendJson } from '../http.answers';
import type { RouteTable } from '../route.table';

export function addSystemRoutes(routes: RouteTable, server: EmulatedServer): void {
  const { options } = server;
  routes.add('GET', '/system_stats', (_request, reply) => sendJson(reply, systemStats(server)));
  if (options.profile.featureFlags) {
    routes.add('GET', '/features', (_request, reply) => sendJson(reply, serverFlags(options)));
  }
  routes.add('GET', '/extensions', (_request, reply) => sendJson(reply, []));
  routes.add('GET', '/workflow_templates', (_request, reply) => sendJson(reply, {}));
  routes.add('GET', '/i18n', (_request, reply) => sendJson(reply, {}));
  routes.add('GET', '/settings', (_request, reply) => sendJson(reply, {}));
  routes.add('GET', '/users', (_request, reply) =>
    sendJson(
      reply,
      options.multiUser ? { storage: 'server', users: {} } : { storage: 'server', migrated: true },
    ),
  );
  // Real upgrades never get here.
  routes.add('GET', '/ws', (_request, reply) =>
    reply
      .code(400)
      .header('content-type', 'text/plain; charset=utf-8')
      .send('No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".'),
  );
  routes.addBare('GET', '/', (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
      .send(frontPage(options.frontEndRoot)),
  );
}

/** A CPU machine, whose video memory is its memory. */
function systemStats({ options }: EmulatedServer): object {
  const [total, free] = [totalmem(), freemem()];
  return {
    system: {
      os: options.profile.jobs ? 'linux' : 'posix',
      ram_total: total,
      ram_free: free,
      comfyui_version: options.profile.version,
      required_frontend_version: '1.27.10',
      installed_templates_version: null,
      required_templates_version: '0.1.94',
      python_version: '3.11.9 (main) [GCC 12.2.0]',
      pytorch_version: '2.13.0+cpu',
      embedded_python: false,
      argv: options.argv,
    },
    devices: [
      {
        name: 'cpu',
        type: 'cpu',
        index: null,
        vram_total: total,
        vram_free: free,
        torch_vram_total: total,
        torch_vram_free: free,
      },
    ],
  };
}

function frontPage(root: string | undefined): string {
  const index = root === undefined ? undefined : join(root, 'index.html');
  if (index !== undefined && existsSync(index)) return readFileSync(index, 'utf8');
  return '<!doctype html><title>ComfyUI emulator</title><p>No frontend here; the API is served.</p>';
}
