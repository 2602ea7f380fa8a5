/** Which of the four ways to a cluster is taken, from what was found on this machine, and why the others are not. */
import { PROGRAM_NAMES, type Program } from './pinned.js';

const LEAST_GO = '1.26';

export interface Found {
  /** The environment variable by which a user names a cluster. */
  readonly kubeconfigVariable: string;
  /** The kubeconfig that it names. */
  readonly explicit?: { readonly path: string; readonly readable: boolean };
  /** The folder that KUBEBUILDER_ASSETS names. */
  readonly assets?: FoundPrograms;
  /** Our own folder of built programs. */
  readonly cache: FoundPrograms;
  readonly docker: { readonly answers: true } | { readonly answers: false; readonly why: string };
  /** As `go version` says it, such as `1.26.8`. */
  readonly go?: string;
}

export interface FoundPrograms {
  readonly directory: string;
  readonly present: readonly string[];
}

export type Way =
  | { readonly way: 'explicit'; readonly kubeconfig: string }
  | { readonly way: 'binaries'; readonly directory: string; readonly from: 'KUBEBUILDER_ASSETS' | 'our cache' }
  | { readonly way: 'docker' }
  | { readonly way: 'build'; readonly go: string }
  | { readonly way: 'none' };

export interface Choice {
  readonly chosen: Way;
  /** Why each way before the chosen one was not taken, one line for each. */
  readonly passedOver: readonly string[];
}

type Answer = Exclude<Way, { way: 'none' }> | string;

const questions: readonly ((found: Found) => Answer)[] = [explicit, assets, cache, docker, build];

/** Asks the ways in their order; the first that can be gone is taken. */
export function chooseWay(found: Found): Choice {
  const passedOver: string[] = [];
  for (const ask of questions) {
    const answer = ask(found);
    if (typeof answer !== 'string') return { chosen: answer, passedOver };
    passedOver.push(answer);
    // What a user named and we can't read is a mistake to tell, not a wish for another cluster.
    if (ask === explicit && found.explicit !== undefined) break;
  }
  return { chosen: { way: 'none' }, passedOver };
}

/** What a person can do when no way is open. */
export function noWay(passedOver: readonly string[], kubeconfigVariable: string): string {
  return [
    'There is no cluster for the tests. What was tried:',
    ...passedOver.map((line) => `  - ${line}`),
    'Open one of these ways:',
    `  1. ${kubeconfigVariable}=/path/to/kubeconfig names a cluster that the tests may write to`,
    `  2. KUBEBUILDER_ASSETS=/folder holds ${PROGRAM_NAMES.join(', ')}`,
    '  3. a Docker engine that answers; K3s then runs in it',
    `  4. Go ${LEAST_GO} or newer in PATH; the programs are then built once from their modules, in 10 to 15 minutes`,
  ].join('\n');
}

function explicit({ explicit: named, kubeconfigVariable }: Found): Answer {
  if (named === undefined) return `${kubeconfigVariable} is not set`;
  if (!named.readable) return `${kubeconfigVariable} names ${named.path}, which can't be read; correct or unset it`;
  return { way: 'explicit', kubeconfig: named.path };
}

function assets({ assets: found }: Found): Answer {
  if (found === undefined) return 'KUBEBUILDER_ASSETS is not set';
  const missing = missingPrograms(found);
  if (missing.length > 0) return `KUBEBUILDER_ASSETS (${found.directory}) lacks ${missing.join(', ')}`;
  return { way: 'binaries', directory: found.directory, from: 'KUBEBUILDER_ASSETS' };
}

function cache({ cache: found }: Found): Answer {
  const missing = missingPrograms(found);
  if (missing.length === PROGRAM_NAMES.length) return `nothing is built yet in ${found.directory}`;
  if (missing.length > 0) return `${found.directory} lacks ${missing.join(', ')}`;
  return { way: 'binaries', directory: found.directory, from: 'our cache' };
}

function docker({ docker: engine }: Found): Answer {
  return engine.answers ? { way: 'docker' } : `Docker: ${engine.why}`;
}

function build({ go }: Found): Answer {
  if (go === undefined) return 'Go is not in PATH';
  if (!isAtLeast(go, LEAST_GO)) return `Go is ${go}, and ${LEAST_GO} is needed`;
  return { way: 'build', go };
}

function missingPrograms({ present }: FoundPrograms): Program[] {
  return PROGRAM_NAMES.filter((program) => !present.includes(program));
}

/** `1.26rc1` counts as 1.26: it builds the same code. */
function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(least);
  return major !== leastMajor ? major > leastMajor : minor >= leastMinor;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}
