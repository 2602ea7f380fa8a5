// demo: the main job as a story, on a real control plane, with real kubectl output. KEEP=1 leaves it up until Ctrl-C.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from '../cluster/cluster.js';
import { digestOf } from '../cluster/digest.js';
import { runKubectl } from '../cluster/kubectl.js';
import { startSimulator } from '../xray-simulator/simulator.js';
import { connectionManifest, images, policyManifest, TOKEN } from './manifests.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const step = (text: string): void => {
  say(`\n\u001b[1m▶ ${text}\u001b[0m`);
};

async function tell(): Promise<void> {
  step('A real Kubernetes control plane, and an Xray beside it');
  const cluster = await startCluster({ onProgress: say });
  const simulator = await startSimulator({ token: TOKEN });
  let operator: ChildProcess | undefined;
  const kubectl = async (args: string, input?: string): Promise<string> =>
    runKubectl(cluster, args.split(' '), input === undefined ? {} : { input });
  const show = async (args: string): Promise<void> => {
    say(`$ kubectl ${args}`);
    say((await kubectl(args)).trimEnd());
  };
  const until = async (args: string, wanted: RegExp): Promise<void> => {
    const began = performance.now();
    for (let shownAt = began; !wanted.test(await kubectl(args));) {
      await delay(200);
      if (performance.now() - began > 60_000) throw new Error(`kubectl ${args} never showed ${String(wanted)}`);
      if (performance.now() - shownAt < 2_000) continue;
      shownAt = performance.now();
      say(`  … waiting, ${Math.round((shownAt - began) / 1_000)} s`);
    }
  };

  try {
    simulator.put(digestOf(images.clean), { licenses: ['MIT'] });
    simulator.put(digestOf(images.fixed), { licenses: ['MIT'] });
    simulator.put(digestOf(images.agpl), { licenses: ['AGPL-3.0-only'] });
    simulator.put(digestOf(images.vulnerable), {
      issues: [
        {
          issue_id: 'XRAY-1',
          summary: 'OpenSSL overflows a buffer',
          severity: 'Critical',
          cves: [{ cve: 'CVE-2026-0001' }],
        },
      ],
    });

    step('Install: the custom resources, a Secret, the connection to Xray, a policy of the team "shop"');
    await kubectl('apply --server-side -k crds');
    await kubectl('wait --for=condition=Established crd --all --timeout=30s');
    await kubectl('create namespace kubexray-system');
    await kubectl('create namespace shop');
    await kubectl(`-n kubexray-system create secret generic xray --from-literal=accessToken=${TOKEN}`);
    say(policyManifest);
    say(await kubectl('apply -f -', `${connectionManifest(simulator.url)}\n---\n${policyManifest}`));
    operator = spawn(
      process.execPath,
      ['scripts/run-ts.mjs', 'src/main.ts', '--health-port', '0', '--metrics-port', '0'],
      {
        env: { ...process.env, KUBECONFIG: cluster.kubeconfigPath },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    await kubectl('wait --for=condition=Ready xconn/default --timeout=30s');

    step('Four workloads start: clean, vulnerable, badly licensed, never scanned');
    for (const name of ['clean', 'vulnerable', 'agpl', 'unscanned'] as const)
      await kubectl(`-n shop create deployment ${name} --image=${images[name]} --replicas=2`);
    await until(
      'get xscan -n shop --no-headers',
      /clean .*Compliant[^]*unscanned.*ScaledDown[^]*vulnerable.*ScaledDown/,
    );
    await show('get xpol,xscan,xconn -A');
    await show('get deployments -n shop');
    await show('get events.events.k8s.io -n shop --field-selector reason=ScaledDown');

    step('A new CVE appears in Xray for the clean image; nobody touches the cluster');
    simulator.addIssue(digestOf(images.clean), {
      issue_id: 'XRAY-2',
      summary: 'zlib reads beyond its buffer',
      severity: 'High',
      cves: [{ cve: 'CVE-2026-0002' }],
    });
    await until('get xscan deployment-clean -n shop --no-headers', /ScaledDown/);
    await show('get xscan deployment-clean -n shop -o wide');

    step('The image is fixed: the workload comes back by itself, with the replicas that it had');
    await kubectl(`-n shop set image deployment/vulnerable *=${images.fixed}`);
    await until('get deployment vulnerable -n shop --no-headers', /2\/2/);
    await show('get xscan deployment-vulnerable -n shop');
    await show('get deployments -n shop');
    await show('get events.events.k8s.io -n shop --field-selector reason=Restored');

    if (process.env['KEEP'] === '1') {
      say(
        `\nThe cluster stays up. In another shell:\n  export KUBECONFIG=${cluster.kubeconfigPath}\n  ${cluster.kubectlPath} get xscan -A\nCtrl-C ends it.`,
      );
      const stay = setInterval(() => undefined, 3_600_000);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      clearInterval(stay);
    }
  } finally {
    if (operator?.exitCode === null) {
      operator.kill('SIGTERM');
      await once(operator, 'exit');
    }
    await simulator.close();
    await cluster.stop();
  }
  say('\nDone. Nothing is left running. KEEP=1 make demo leaves it up.');
}

await tell();
