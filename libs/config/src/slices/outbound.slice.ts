import { z } from 'zod';

import { decimalNumber, flag, hostList, proxyUrl, seconds, text } from '../variables';

/** What the gateway may reach on behalf of its clients. */
export const outboundVariables = z.object({
  URL_ALLOW_PRIVATE_NETWORKS: flag()
    .prefault('false')
    .describe(
      'Let URLs of clients lead into private networks, to this machine, and to link-local addresses.',
    ),
  URL_ALLOW_HOSTS: hostList()
    .prefault('')
    .describe(
      'If set, URLs of clients may name these hosts only, separated by commas: `minio.internal`, ' +
        '`*.example.com`, `cdn.example.com:8443`, `*`. Hosts named in full may have private addresses.',
    ),
  URL_DENY_HOSTS: hostList()
    .prefault('')
    .describe('Hosts that URLs of clients may never name, written in the same way.'),
  URL_MAX_SIZE_MB: decimalNumber(0.001)
    .prefault('1024')
    .describe('Largest file that is fetched for an input, in MB (2^20 bytes).'),
  URL_TIMEOUT_S: seconds(0.1).prefault('300').describe('Seconds that fetching it may take.'),
  HTTP_PROXY: proxyUrl()
    .optional()
    .describe(
      'Proxy for http addresses. It resolves the names, so of what goes through it only literal ' +
        'addresses and host names are checked. The lower-case name of each of these three wins.',
    ),
  HTTPS_PROXY: proxyUrl().optional().describe('Proxy for https addresses; HTTP_PROXY if unset.'),
  NO_PROXY: text().optional().describe('Hosts that are reached without a proxy.'),
});

/** Variables that are also read in lower case, as everybody else does. */
export const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;
