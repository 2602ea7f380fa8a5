import { describe, expect, test } from '@jest/globals';
import { commands } from '../../../src/cli/kubexray.js';
import { paintFor, table } from '../../../src/cli/style.js';
import { ran } from './a-world.js';

describe('help', () => {
  test('the overview names every command', async () => {
    const { code, out } = await ran(['--help']);
    expect(code).toBe(0);
    for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`^  ${name} +${escaped(summary)}$`, 'm'));
  });

  test.each(commands.map(({ name }) => name))('%s tells all its options', async (name) => {
    const command = commands.find((one) => one.name === name);
    for (const args of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
    ]) {
      const { code, out } = await ran(args);
      expect(code).toBe(0);
      expect(out).toContain(`usage: kubexray ${command?.usage ?? '?'}\n`);
      for (const option of command?.options ?? []) expect(out).toContain(`--${option.name}`);
    }
  });

  test('called with nothing it shows what there is, and has done nothing', async () => {
    expect((await ran([])).code).toBe(2);
  });
});

describe('wrong usage says what to do, on stderr, with the exit code 2', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['tset'], /no command "tset"; there are test/],
    ['an unknown option', ['test', '--polices', 'x'], /'--polices'[\s\S]*usage: kubexray test -f/],
    ['a value that is missing', ['test', '-f'], /--filename[\s\S]*usage:/],
    ['an empty value', ['test', '--filename='], /--filename takes a value \(PATH\)/],
    ['a value that is not known', ['test', '-o', 'xml'], /--output "xml" is not known; it takes text, json, sarif/],
    ['an argument too many', ['test', 'surplus'], /unexpected argument "surplus"/],
    ['help about nothing', ['help', 'nothing'], /no command "nothing"/],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await ran(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});

describe('colour', () => {
  const terminal = { write: () => undefined, isTerminal: true };

  test('on a terminal', () => {
    expect(paintFor(terminal, {})('red', 'x')).toBe('\u001B[31mx\u001B[39m');
  });

  test.each([
    ['not in a pipe', { ...terminal, isTerminal: false }, {}],
    ['not with NO_COLOR', terminal, { NO_COLOR: '1' }],
    ['not on a dumb terminal', terminal, { TERM: 'dumb' }],
  ])('%s', (_, screen, environment) => {
    expect(paintFor(screen, environment)('red', 'x')).toBe('x');
  });

  test('an empty NO_COLOR is none (no-color.org)', () => {
    expect(paintFor(terminal, { NO_COLOR: '' })('red', 'x')).not.toBe('x');
  });

  test('takes no room in a column', () => {
    const rows = [
      [{ text: 'a', colour: 'red' as const }, 'x'],
      ['bcd', 'y'],
    ];
    expect(table(rows, (_colour, text) => `<${text}>`)).toBe('<a>    x\nbcd  y\n');
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
