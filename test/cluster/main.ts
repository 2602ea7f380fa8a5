/** The cluster from the command line: `start` keeps one until a signal comes, `build` only builds the programs. */
import { buildPrograms, startCluster } from './cluster.js';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Prints what a shell needs to use the cluster, and stops it on the first signal. */
async function start(): Promise<void> {
  const began = performance.now();
  const signalled = new Promise<void>((resolve) => {
    const stayAlive = setInterval(() => undefined, 3_600_000);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        clearInterval(stayAlive);
        resolve();
      });
    }
  });
  const starting = startCluster({ onProgress: say });
  // A signal before it stands ends us at once; what was started ends with us.
  if ((await Promise.race([starting, signalled])) === undefined) process.exit(130);
  const cluster = await starting;
  process.stdout.write(`export KUBECONFIG=${cluster.kubeconfigPath}\nexport KUBECTL=${cluster.kubectlPath}\n`);
  say(`cluster: ready after ${((performance.now() - began) / 1_000).toFixed(1)} s; Ctrl-C stops it`);
  await signalled;
  await cluster.stop();
}

async function build(): Promise<void> {
  say(await buildPrograms({ onProgress: say }));
}

const [command] = process.argv.slice(2);
try {
  if (command === 'start') await start();
  else if (command === 'build') await build();
  else throw new Error('Usage: node scripts/run-ts.mjs test/cluster/main.ts start|build');
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
