// demo: the main job as a story, on a real control plane, with real kubectl output. KEEP=1 leaves it up until Ctrl-C.
import { once } from 'node:events';
import { type Cluster, startCluster } from '../cluster/cluster.js';
import { digestOf } from '../cluster/digest.js';
import { startOperatorProcess } from '../operator-process.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { connectionManifest, images, newIssue, policyManifest, TOKEN } from './manifests.js';
import { say, Screen, step } from './screen.js';

async function install(screen: Screen, xrayUrl: string): Promise<void> {
  step('Install: the custom resources, a Secret, the connection to Xray');
  await screen.show('apply --server-side -k crds');
  await screen.run('wait --for=condition=Established crd --all --timeout=30s');
  await screen.run('create namespace kubexray-system');
  await screen.run(`-n kubexray-system create secret generic xray --from-literal=accessToken=${TOKEN}`);
  const connection = connectionManifest(xrayUrl);
  say(connection);
  await screen.show('apply -f -', connection);
}

async function judge(screen: Screen): Promise<void> {
  step('The team "shop" applies its policy');
  await screen.run('create namespace shop');
  say(policyManifest);
  await screen.show('apply -f -', policyManifest);

  step('Four workloads start: clean, vulnerable, badly licensed, never scanned');
  for (const name of ['clean', 'vulnerable', 'agpl', 'unscanned'] as const)
    await screen.show(`-n shop create deployment ${name} --image=${images[name]} --replicas=2`);
  const verdicts = /agpl .*ScaledDown[^]*clean .*Compliant[^]*unscanned .*ScaledDown[^]*vulnerable .*ScaledDown/;
  await screen.until('get xscan -n shop --no-headers', verdicts, 'waiting for the verdicts');
  await screen.show('get xpol,xscan,xconn -A');
  await screen.show('get deployments -n shop');
  await screen.show('get events.events.k8s.io -n shop --field-selector reason=ScaledDown,regarding.kind=Deployment');
}

async function findLater(screen: Screen, simulator: SimulatorProcess): Promise<void> {
  step('A new CVE appears in Xray for the clean image; nobody touches the cluster');
  await simulator.addIssue(digestOf(images.clean), newIssue);
  await screen.until('get xscan deployment-clean -n shop --no-headers', /ScaledDown/, 'waiting for the next poll');
  await screen.show('get xscan deployment-clean -n shop -o wide');
}

async function fix(screen: Screen): Promise<void> {
  step('The image is fixed: the workload comes back by itself, with the replicas that it had');
  await screen.show(`-n shop set image deployment/vulnerable *=${images.fixed}`);
  await screen.until('get deployment vulnerable -n shop --no-headers', /2\/2/, 'waiting for its replicas');
  await screen.until('get xscan deployment-vulnerable -n shop --no-headers', /Compliant/, 'waiting for its verdict');
  await screen.show('get xscan deployment-vulnerable -n shop');
  await screen.show('get deployments -n shop');
  await screen.show('get events.events.k8s.io -n shop --field-selector reason=Restored,regarding.kind=Deployment');
}

async function keep(cluster: Cluster, simulator: SimulatorProcess): Promise<void> {
  say(`
It stays up until Ctrl-C. In another shell:
  export KUBECONFIG=${cluster.kubeconfigPath}
  alias kubectl=${cluster.kubectlPath}
  kubectl get xscan -A
  kubectl explain xraypolicy.spec.security
  kubectl edit xpol base -n shop
Xray listens at ${simulator.url}; its images can be changed by ${simulator.url}/simulator (test/xray-simulator/admin.ts).`);
  const stay = setInterval(() => undefined, 3_600_000);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(stay);
}

/** What has been started is ended in reverse, however the story ends. */
async function tell(): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    step('A real Kubernetes control plane, and an Xray beside it');
    const cluster = await startCluster({ onProgress: say });
    undo.push(async () => cluster.stop());
    const simulator = await startSimulatorProcess({ token: TOKEN, seed: 'test/demo/images.json' });
    undo.push(async () => simulator.close());
    say(`Xray (simulated, test/xray-simulator) listens at ${simulator.url}`);
    const screen = new Screen(cluster);
    await install(screen, simulator.url);

    step('The operator starts');
    const operator = startOperatorProcess({ kubeconfigPath: cluster.kubeconfigPath });
    undo.push(async () => operator.stop());
    await operator.inStep();
    await screen.show('wait --for=condition=Ready xconn/default --timeout=30s');

    await judge(screen);
    await findLater(screen, simulator);
    await fix(screen);
    if (process.env['KEEP'] === '1') await keep(cluster, simulator);
  } finally {
    for (const end of undo.reverse()) await end();
  }
}

// A signal before KEEP's own handler ends us at once, and with us whatever was started.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.on(signal, () => {
    if (process.env['KEEP'] !== '1') process.exit(code);
  });
const began = performance.now();
try {
  await tell();
  say(
    `\nDone in ${Math.round((performance.now() - began) / 1_000)} s, and nothing is left running. KEEP=1 make demo leaves it up.`,
  );
} catch (error) {
  say(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
