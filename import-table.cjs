/**
 * Who may import whom: lib → the libs it may import, besides `kernel`, which everyone may.
 * The drawing in docs/architecture/00-overview.md shows the same table.
 */
module.exports = {
  libs: {
    kernel: [],
    config: ['comfy-protocol'],
    events: [],
    'comfy-protocol': [],
    outbound: [],
    media: [],
    'comfy-client': ['comfy-protocol'],
    catalogue: ['comfy-client', 'comfy-protocol', 'events'],
    'comfy-process': ['comfy-client', 'events'],
    state: [],
    jobs: ['comfy-protocol', 'events', 'state'],
    progress: ['comfy-protocol', 'events'],
    'comfy-api-v2': ['comfy-protocol', 'events', 'jobs', 'progress'],
    prompt: ['jobs', 'comfy-client', 'comfy-protocol', 'catalogue', 'events', 'media', 'outbound'],
    webhook: ['events', 'jobs', 'comfy-protocol', 'media', 'outbound'],
    'workflow-registry': ['prompt', 'catalogue', 'comfy-protocol'],
    health: ['comfy-process', 'prompt', 'jobs'],
    testing: [],
  },
  apps: {
    api: [
      'catalogue',
      'comfy-api-v2',
      'comfy-client',
      'comfy-process',
      'comfy-protocol',
      'config',
      'events',
      'health',
      'jobs',
      'media',
      'outbound',
      'progress',
      'prompt',
      'webhook',
      'workflow-registry',
    ],
    'comfyui-emulator': ['comfy-protocol'],
    demo: [],
    'generate-workflow': ['catalogue', 'comfy-client', 'comfy-protocol', 'workflow-registry'],
  },
};
