// cli: what a command is: its options, from which its help, its parsing and its completion come.
import type { ExitCode } from './exit-code.js';
import type { World } from './world.js';

export interface Option {
  /** Without its dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** The word that stands for its value in the help, as in FILE; absent: it takes none. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: true;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  readonly help: string;
}

/** The command line of one command, parsed. */
export interface Given {
  readonly arguments: readonly string[];
  /** Whether an option without a value is there. */
  has(option: string): boolean;
  /** The value of an option, the last where there are several. */
  text(option: string): string | undefined;
  /** All values of an option that may be given several times. */
  all(option: string): readonly string[];
}

export interface Command {
  readonly name: string;
  /** For the list of commands. */
  readonly summary: string;
  /** What comes after `kubexray`. */
  readonly usage: string;
  /** How many arguments it takes that are no options, at most. */
  readonly maxArguments: number;
  /** The only arguments that it takes, where they are words and not names. */
  readonly argumentChoices?: readonly string[];
  readonly options: readonly Option[];
  /** More to say in its help. */
  readonly details?: string;
  /** @throws Trouble, KubeApiError, XrayError: shown, and the exit code is 2 */
  readonly run: (given: Given, world: World) => Promise<ExitCode>;
}

export const HELP: Option = { name: 'help', short: 'h', help: 'show this help' };

/** For every command that asks the cluster. */
export const CLUSTER_OPTIONS: readonly Option[] = [
  { name: 'kubeconfig', value: 'FILE', help: 'the kubeconfig (default: KUBECONFIG, else ~/.kube/config)' },
  { name: 'context', value: 'NAME', help: 'the context of the kubeconfig (default: its current one)' },
];

export const NAMESPACE: Option = {
  name: 'namespace',
  short: 'n',
  value: 'NAME',
  help: "the namespace (default: the context's, else default)",
};

export function outputOption(choices: readonly string[]): Option {
  return { name: 'output', short: 'o', value: 'FORMAT', choices, help: `${choices.join(', ')} (default: text)` };
}
