/** Many tests start processes, and a busy machine starts them slowly. A test that hangs still ends. */
jest.setTimeout(60_000);
