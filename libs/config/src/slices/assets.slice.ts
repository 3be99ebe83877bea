import { z } from 'zod';

import { decimalNumber, flag, trustedProxies, webUrl, wholeNumber } from '../variables';

/** The Comfy API v2 and the files it keeps. */
export const assetsVariables = z.object({
  ASSETS_MAX_UPLOAD_MB: decimalNumber(0.001)
    .prefault('10240')
    .describe('Largest file that may be uploaded, in MB (2^20 bytes).'),
  ASSETS_RETENTION_H: decimalNumber(0, 1_000_000)
    .prefault('168')
    .describe(
      'Hours that an uploaded file is kept if its upload says nothing else; 0 means for ever.',
    ),
  ASSETS_ALLOW_MODELS: flag()
    .prefault('false')
    .describe(
      'Let uploads to `models/<folder>/<name>.safetensors` become models of ComfyUI, in `MODEL_DIR`.',
    ),
  API_V2_EXTENSIONS: flag()
    .prefault('true')
    .describe(
      'Let jobs at `/api/v2` bring what the contract reserves or does not have: `webhook_url`, ' +
        '`webhook_events`, `metadata`, `priority`, `keep`.',
    ),
  API_V2_MAX_STREAMS: wholeNumber(1)
    .prefault('5000')
    .describe(
      'Streams of events that may be open at once; more are refused with 429, and their jobs can be polled.',
    ),
  PUBLIC_URL: webUrl()
    .optional()
    .describe(
      "The gateway's address as clients see it, `https://gpu.example.com/comfy`, for the addresses in " +
        'its answers; if unset, it is what their requests were sent to.',
    ),
  TRUST_PROXY: trustedProxies()
    .prefault('false')
    .describe(
      'Who is believed about `X-Forwarded-*` headers: `true` for everybody, or the addresses of your ' +
        'proxies, separated by commas: `10.0.0.0/8`, `::1`, `loopback`, `linklocal`, `uniquelocal`.',
    ),
});
