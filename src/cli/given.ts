// cli: the command line of one command, parsed. Node's own parser does it: it knows short forms, `--a=b`, repeats and `--`;
// what is wrong is said in words that name the option.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type Command, type Given, HELP, type Option } from './command.js';
import { Trouble } from './exit-code.js';

/** @throws Trouble that says what is wrong with which option */
export function parseGiven(command: Command, args: readonly string[]): Given {
  const options = [...command.options, HELP];
  const { values, positionals } = parsed(command, options, args);
  const byOption = new Map(Object.entries(values).map(([name, value]) => [name, textsOf(value)]));
  for (const option of options) checkValues(command, option, byOption.get(option.name) ?? []);
  if (positionals.length > command.maxArguments)
    throw usage(command, `unexpected argument "${positionals[command.maxArguments] ?? ''}"`);
  return {
    arguments: positionals,
    has: (option) => byOption.has(option),
    text: (option) => byOption.get(option)?.at(-1),
    all: (option) => byOption.get(option) ?? [],
  };
}

export function usage(command: Pick<Command, 'name' | 'usage'>, problem: string): Trouble {
  return new Trouble(`${problem}\nusage: kubexray ${command.usage}\nSee kubexray ${command.name} --help.`);
}

interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

function parsed(command: Command, options: readonly Option[], args: readonly string[]): Parsed {
  const config: ParseArgsConfig = {
    args: [...args],
    allowPositionals: true,
    strict: true,
    options: Object.fromEntries(
      options.map(({ name, short, value, many }) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          multiple: many === true,
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  };
  try {
    return parseArgs(config);
  } catch (error) {
    // The first sentence names the option; the rest explains how to write a positional argument with a dash.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/u);
    throw usage(command, sentence.replace(/\.$/u, ''));
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function checkValues(command: Command, { name, value, choices }: Option, values: readonly string[]): void {
  if (value === undefined) return;
  if (values.includes('')) throw usage(command, `--${name} takes a value (${value}), and got an empty one`);
  const wrong = choices === undefined ? undefined : values.find((one) => !choices.includes(one));
  if (wrong !== undefined)
    throw usage(command, `--${name} "${wrong}" is not known; it takes ${(choices ?? []).join(', ')}`);
}
