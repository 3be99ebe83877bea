/** Preloaded into a gateway that is measured: answers its parent about the event loop and the heap. */
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { isMainThread } = require('node:worker_threads');

if (isMainThread && process.send !== undefined) answerParent();

function answerParent() {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const answers = {
    'watch-loop': () => void (delay.reset(), delay.enable()),
    'longest-stall': () => (delay.disable(), delay.max / 1e6),
    'heap-bytes': () => {
      globalThis.gc();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
  };
  process.on('message', (question) => process.send({ question, answer: answers[question]() ?? 0 }));
  process.channel.unref();
}
