// cli/explain: the command `explain`: has what was read of one workload explained.
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE, outputOption } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import { usage } from '../given.js';
import { inCluster, Reader } from '../in-cluster.js';
import { paintFor } from '../style.js';
import { resultNamed } from '../workload-named.js';
import type { World } from '../world.js';
import { inputFor } from './explain-input.js';
import { explain } from './explanation.js';
import { textExplanation } from './explain-text.js';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'tell why a workload stands where it does: policies, violations, exceptions, what was done',
  usage: 'explain [KIND/]NAME [-n NAMESPACE] [OPTIONS]',
  maxArguments: 1,
  options: [NAMESPACE, outputOption(['text', 'json']), ...CLUSTER_OPTIONS],
  details: 'Exit code 1: the workload has violations that no exception waives.',
  run: async (given, world) => runExplain(given, world),
};

async function runExplain(given: Given, world: World): Promise<ExitCode> {
  const [name] = given.arguments;
  if (name === undefined) throw usage(explainCommand, 'name a workload, as in deployment/web');
  const input = await inCluster(given, world, async (cluster) => {
    const namespace = given.text('namespace') ?? cluster.namespace;
    const reader = new Reader(cluster);
    const result = await resultNamed(name, namespace, cluster);
    return inputFor(result, namespace, reader, world.now());
  });
  const explanation = explain(input);
  world.out.write(
    given.text('output') === 'json'
      ? `${JSON.stringify(explanation, undefined, 2)}\n`
      : textExplanation(explanation, paintFor(world.out, world.environment)),
  );
  return explanation.violations.length > 0 ? 1 : 0;
}
