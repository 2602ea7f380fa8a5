// cli: the real world of the command line: files, the user's kubeconfig, the terminal. Nothing is decided here.
import { systemClock } from '@dot-kube/operator';
import { openWatchedCluster } from './dashboard/open-watched-cluster.js';
import { pageFiles } from './dashboard/page-files.js';
import { openCluster } from './open-cluster.js';
import { askAt } from './ask.js';
import { files } from './files.js';
import { kubexray } from './kubexray.js';
import type { Screen, World } from './world.js';
import { proxiesOf } from '../scan/xray/dispatcher.js';
import { XrayClient } from '../scan/xray/xray-client.js';

const screen = (stream: NodeJS.WriteStream): Screen => ({
  write: (text) => void stream.write(text),
  isTerminal: stream.isTTY,
});

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop.abort(new Error(signal));
  });

const world: World = {
  environment: process.env,
  out: screen(process.stdout),
  err: screen(process.stderr),
  now: () => systemClock.now(),
  ask: async (question) => askAt(process.stdin, process.stderr, question, stop.signal),
  signal: stop.signal,
  files: files(process.stdin),
  openCluster: async (choice) => openCluster(choice, stop.signal),
  openWatchedCluster: async (choice) => openWatchedCluster(choice, stop.signal),
  page: pageFiles,
  openXray: (url, credentials) =>
    new XrayClient(
      { url, credentials, timeoutMs: 30_000, requestsPerSecond: 10, burst: 20, concurrency: 4 },
      { clock: systemClock, random: Math.random, proxies: proxiesOf(process.env) },
    ),
};

// The reader of a pipe may go before all is written; that is no trouble of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

kubexray(process.argv.slice(2), world).then(
  (code) => {
    process.exitCode = code;
  },
  (defect: unknown) => {
    throw defect; // Node ends with it, and says where it was
  },
);
