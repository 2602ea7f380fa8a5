// cli: from the words of the command line to a command, and from its troubles to words.
import type { Command } from './command.js';
import { type ExitCode, Trouble } from './exit-code.js';
import { parseGiven } from './given.js';
import { helpOf, overview } from './help.js';
import { approveCommand } from './approve/approve-command.js';
import { dashboardCommand } from './dashboard/dashboard-command.js';
import { explainCommand } from './explain/explain-command.js';
import { migrateCommand } from './migrate/migrate-command.js';
import { releaseCommand } from './release/release-command.js';
import { restoreCommand } from './restore/restore-command.js';
import { statusCommand } from './status/status-command.js';
import { testCommand } from './judge/test-command.js';
import { waiveCommand } from './waive/waive-command.js';
import { completionCommand } from './completion/completion-command.js';
import { harmless } from './style.js';
import type { World } from './world.js';

const working: readonly Command[] = [
  testCommand,
  explainCommand,
  statusCommand,
  dashboardCommand,
  waiveCommand,
  releaseCommand,
  restoreCommand,
  approveCommand,
  migrateCommand,
];

export const commands: readonly Command[] = [...working, completionCommand(working)];

/** @throws never, but for a defect of ours */
export async function kubexray(args: readonly string[], outside: World): Promise<ExitCode> {
  const world: World = { ...outside, out: harmless(outside.out), err: harmless(outside.err) };
  const [name, ...rest] = args;
  try {
    if (name === undefined || HELP_WORDS.has(name)) return help(name, rest[0], world);
    return await run(commandNamed(name), rest, world);
  } catch (error) {
    const said = sentenceOf(error);
    if (said === undefined) throw error;
    world.err.write(`kubexray: ${said}\n`);
    return 2;
  }
}

const HELP_WORDS = new Set(['help', '--help', '-h']);

/** Asked for nothing at all, it tells what there is, but nothing was done. */
function help(word: string | undefined, about: string | undefined, world: World): ExitCode {
  world.out.write(about === undefined ? overview(commands) : helpOf(commandNamed(about)));
  return word === undefined ? 2 : 0;
}

async function run(command: Command, args: readonly string[], world: World): Promise<ExitCode> {
  if (!asksForHelp(args)) return command.run(parseGiven(command, args), world);
  world.out.write(helpOf(command));
  return 0;
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

function commandNamed(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  throw new Trouble(`there is no command "${name}"; there are ${commands.map((one) => one.name).join(', ')}`);
}

/** Refusals of the API server and of Xray bear their own words; anything else is a defect and keeps its stack. */
function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  switch (error.name) {
    case 'Trouble':
    case 'XrayError':
      return error.message;
    case 'KubeApiError':
      return `the API server says: ${error.message}`;
    default:
      return undefined;
  }
}
