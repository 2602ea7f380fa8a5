// main: reads the settings, builds the parts, runs them until it is told to stop. Nothing is decided here.
import { KubeConfig } from '@kubernetes/client-node';
import { type ElectionOptions, KubeClient, type Logger, Manager, systemClock } from '@dot-kube/operator';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { logger } from './config/logger.js';
import type { StartedTracing } from './config/open-telemetry.js';
import { readSettings, type Settings, settingsHelp } from './config/settings.js';
import { tracingWanted } from './config/tracing-wanted.js';
import { declareOperator } from './controllers/operator.js';
import { proxiesOf } from './scan/xray/dispatcher.js';
import { XrayClient } from './scan/xray/xray-client.js';

async function run(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${settingsHelp}\n`);
    return;
  }
  const settings = readSettings(args, process.env);
  const log = logger(settings.logLevel);
  const traces = await startTraces(log);
  const stop = stopOnSignals(log);

  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const client = await KubeClient.from(kubeConfig);
  const { healthPort, metricsPort } = settings;
  const tracing = traces === undefined ? {} : { tracing: traces.tracing };
  const manager = new Manager({
    client,
    log,
    name: 'kubexray.io/operator',
    instance: hostname(),
    healthPort,
    metricsPort,
    ...tracing,
    ...(settings.leaderElect ? { leaderElection: leaseOf(settings) } : {}),
  });
  const { receiveHooks } = declareOperator({
    manager,
    settings,
    log,
    ...tracing,
    proxies: proxiesOf(process.env),
    openXray: (options, around) =>
      new XrayClient(options, { clock: systemClock, random: Math.random, proxies: proxiesOf(process.env), around }),
  });
  log.info('kubexray-operator starts', { namespace: settings.namespace, connection: settings.connection });
  const hooks = new AbortController();
  const receiving = receiveHooks(AbortSignal.any([stop.signal, hooks.signal]));
  try {
    await manager.start(stop.signal);
  } finally {
    hooks.abort(new Error('the operator stops'));
    await receiving;
    await client.close();
    await endTraces(traces, log);
  }
  log.info('stopped');
}

function stopOnSignals(log: Logger): AbortController {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      log.info(`${signal}: stopping`);
      stop.abort(new Error(signal));
    });
  return stop;
}

async function endTraces(traces: StartedTracing | undefined, log: Logger): Promise<void> {
  if (traces === undefined || (await traces.close())) return;
  log.warn('stopping without the last traces, which nobody takes');
  setImmediate(() => process.exit()); // with the code that is set by then; the collector's socket would keep it
}

/** The rest of it is loaded only where traces are wanted. */
async function startTraces(log: Logger): Promise<StartedTracing | undefined> {
  const wanted = tracingWanted(process.env);
  if (wanted.kind === 'cannot') log.warn(`nothing is traced: ${wanted.why}`);
  if (wanted.kind !== 'yes') return undefined;
  const { startTracing } = await import('./config/open-telemetry.js');
  return startTracing({ protocol: wanted.protocol, environment: process.env, log, clock: systemClock });
}

/** A replica that was started again is another one: what it held before is not its own. */
function leaseOf({ namespace }: Settings): ElectionOptions {
  return { name: 'kubexray-operator', namespace, identity: `${hostname()}_${randomUUID()}` };
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
