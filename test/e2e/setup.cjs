/** Every test starts processes of its own. */
jest.setTimeout(60_000);
