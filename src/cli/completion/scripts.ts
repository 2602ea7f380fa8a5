// cli/completion: the scripts themselves. Pure. Everything that varies is a word of ours: letters, digits and dashes.
import { type Command, HELP, type Option } from '../command.js';

export function bashCompletion(commands: readonly Command[]): string {
  return `# bash completion of kubexray
_kubexray() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word"))
    return
  fi
  case "$command $before" in
${commands.flatMap(bashValues).join('\n')}
  esac
  case "$command" in
${commands.map(bashWords).join('\n')}
  esac
}
complete -o default -F _kubexray kubexray kubectl-xray
`;
}

/** After an option: its words; nothing of ours for a file or a name, so that bash offers files. */
function bashValues({ name, options }: Command): readonly string[] {
  return options
    .filter(({ value }) => value !== undefined)
    .map((option) => {
      const patterns = spellings(option).map((one) => `"${name} ${one}"`);
      const reply = `COMPREPLY=($(compgen -W "${(option.choices ?? []).join(' ')}" -- "$word")); return`;
      return `    ${patterns.join('|')}) ${option.choices === undefined ? 'return' : reply};;`;
    });
}

function bashWords({ name, options, argumentChoices = [] }: Command): string {
  const words = [...argumentChoices, ...[...options, HELP].map((option) => `--${option.name}`)];
  return `    ${name}) [[ "$word" == -* || -n "${argumentChoices.join('')}" ]] && COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word"));;`;
}

function spellings({ name, short }: Option): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

export function zshCompletion(commands: readonly Command[]): string {
  return `#compdef kubexray kubectl-xray
# zsh completion of kubexray
_kubexray() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`).join('\n')}
    )
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(zshCase).join('\n')}
  esac
}
if [[ "$funcstack[1]" == _kubexray ]]; then _kubexray "$@"; else compdef _kubexray kubexray kubectl-xray; fi
`;
}

function zshCase({ name, options, argumentChoices }: Command): string {
  const rest = argumentChoices === undefined ? [] : [quoted(`1:argument:(${argumentChoices.join(' ')})`)];
  const specs = [...[...options, HELP].flatMap(zshSpecs), ...rest];
  return `    ${name}) _arguments ${specs.join(' ')};;`;
}

function zshSpecs(option: Option): readonly string[] {
  const help = option.help.replaceAll(/[[\]:]/gu, ' ');
  const values = option.choices === undefined ? '_files' : `(${option.choices.join(' ')})`;
  const action = option.value === undefined ? '' : `:${option.value}:${option.value.endsWith('NAME') ? ' ' : values}`;
  return spellings(option).map((one) => quoted(`${option.many === true ? '*' : ''}${one}[${help}]${action}`));
}

export function fishCompletion(commands: readonly Command[]): string {
  return [
    '# fish completion of kubexray',
    ...['kubexray', 'kubectl-xray'].flatMap((executable) => [
      ...commands.map(
        ({ name, summary }) =>
          `complete -c ${executable} -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
      ),
      ...commands.flatMap((command) => fishOptions(executable, command)),
    ]),
    '',
  ].join('\n');
}

function fishOptions(executable: string, { name, options, argumentChoices }: Command): readonly string[] {
  const start = `complete -c ${executable} -n '__fish_seen_subcommand_from ${name}'`;
  const words = argumentChoices === undefined ? [] : [`${start} -f -a '${argumentChoices.join(' ')}'`];
  const ofOptions = [...options, HELP].map((option) => {
    const short = option.short === undefined ? '' : ` -s ${option.short}`;
    const values = option.choices === undefined ? ' -r' : ` -x -a '${option.choices.join(' ')}'`;
    return `${start}${short} -l ${option.name}${option.value === undefined ? '' : values} -d ${fishQuoted(option.help)}`;
  });
  return [...words, ...ofOptions];
}

/** For bash and zsh: a quote ends, stands escaped, and begins again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
