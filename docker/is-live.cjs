/**
 * The images' HEALTHCHECK: exits 0 when the gateway of this container answers /health/live. Asks where
 * HOST and PORT say that it listens; an address that means "every one" is reached on the loopback.
 */
const { HOST, PORT } = process.env;
const everyAddress = ['', '::', '0.0.0.0'];
const host = everyAddress.includes(HOST ?? '') ? '127.0.0.1' : HOST;
const url = `http://${host.includes(':') ? `[${host}]` : host}:${PORT || 3000}/health/live`;

fetch(url, { signal: AbortSignal.timeout(2500) }).then(
  ({ ok }) => process.exit(ok ? 0 : 1),
  () => process.exit(1),
);
