// cli: the help, made from what the commands say of themselves.
import { type Command, HELP, type Option } from './command.js';

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'kubexray judges images by the policies of kubexray.io, and tells why. Also: kubectl xray.',
    '',
    'usage: kubexray COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'Exit codes: 0 all is well, 1 violations found or nothing done, 2 wrong usage or trouble.',
    'kubexray COMMAND --help tells more.',
    '',
  ].join('\n');
}

export function helpOf({ usage, summary, options, details }: Command): string {
  const all = [...options, HELP];
  const width = Math.max(...all.map((option) => form(option).length));
  return [
    `usage: kubexray ${usage}`,
    '',
    `${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`,
    ...(details === undefined ? [] : ['', details]),
    '',
    ...all.map((option) => `  ${form(option).padEnd(width)}  ${option.help}`),
    '',
  ].join('\n');
}

function form({ name, short, value }: Option): string {
  const start = short === undefined ? '    ' : `-${short}, `;
  return `${start}--${name}${value === undefined ? '' : ` ${value}`}`;
}
