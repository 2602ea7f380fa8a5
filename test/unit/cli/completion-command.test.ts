// Completion: bash is asked itself; zsh and fish only where they are there to be asked.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { commands } from '../../../src/cli/kubexray.js';
import { ran } from './a-world.js';

async function script(shell: string): Promise<string> {
  return (await ran(['completion', shell])).out;
}

async function completed(...words: readonly string[]): Promise<readonly string[]> {
  const ask = `${await script('bash')}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kubexray; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', ask, 'bash', 'kubexray', ...words], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  test('commands', async () => {
    expect(await completed('')).toEqual(commands.map(({ name }) => name));
    expect(await completed('ex')).toEqual(['explain']);
  });

  test('options', async () => {
    expect(await completed('test', '--fa')).toEqual(['--facts', '--fail-on']);
    expect(await completed('waive', 'web', '--uns')).toEqual(['--unscanned']);
  });

  test('words of options and arguments', async () => {
    expect(await completed('test', '-o', '')).toEqual(['text', 'json', 'sarif']);
    expect(await completed('status', '--output', 'j')).toEqual(['json']);
    expect(await completed('completion', 'z')).toEqual(['zsh']);
  });

  test('files are left to bash', async () => {
    expect(await completed('test', '-f', '')).toEqual([]);
  });
});

describe.each(['bash', 'zsh', 'fish'])('%s', (shell) => {
  test('knows every command and option', async () => {
    const text = await script(shell);
    for (const { name, options } of commands) {
      expect(text).toContain(name);
      for (const option of options) expect(text).toContain(shell === 'fish' ? `-l ${option.name}` : `--${option.name}`);
    }
  });

  const isThere = spawnSync(shell, ['-c', 'exit 0']).status === 0;
  (isThere ? test : test.skip)('is a script that the shell takes', async () => {
    const { status, stderr } = spawnSync(shell, ['-n'], { input: await script(shell), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test.each([[[]], [['csh']]])('%j is refused with the shells that there are', async (args) => {
  const { code, err } = await ran(['completion', ...args]);
  expect(code).toBe(2);
  expect(err).toMatch(/name a shell: bash, zsh, fish/);
});
