// (c): reads the bytes of the same stream up to the end of the first events, and makes nothing of them.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { failed, measured } from './measured.js';

const NEWLINE = 10;
const query = {
  watch: 'true',
  sendInitialEvents: 'true',
  allowWatchBookmarks: 'true',
  resourceVersionMatch: 'NotOlderThan',
};

async function inStep(): Promise<() => number> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const client = await KubeClient.from(config);
  const { signal } = new AbortController();
  let lines = 0;
  for await (const chunk of await client.stream(
    { method: 'GET', verb: 'watch', path: '/api/v1/pods', query },
    signal,
  )) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
    if (chunk.includes('k8s.io/initial-events-end')) break;
  }
  return () => lines - 1;
}

measured(inStep).then(() => process.exit(0), failed);
