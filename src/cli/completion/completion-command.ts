// cli/completion: the command `completion`: what the shells need to complete commands, options and their words, made from what
// the commands say of themselves.
import type { Command } from '../command.js';
import { usage } from '../given.js';
import { bashCompletion, fishCompletion, zshCompletion } from './scripts.js';

const SHELLS: ReadonlyMap<string, (commands: readonly Command[]) => string> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/** @param others all commands but this one */
export function completionCommand(others: readonly Command[]): Command {
  const command: Command = {
    name: 'completion',
    summary: 'print the completion for a shell',
    usage: 'completion bash|zsh|fish',
    maxArguments: 1,
    argumentChoices: [...SHELLS.keys()],
    options: [],
    details: [
      'bash: source <(kubexray completion bash)',
      'zsh:  kubexray completion zsh > "${fpath[1]}/_kubexray"',
      'fish: kubexray completion fish > ~/.config/fish/completions/kubexray.fish',
    ].join('\n'),
    run: async (given, world) => {
      const [shell = ''] = given.arguments;
      const script = SHELLS.get(shell);
      if (script === undefined) throw usage(command, `name a shell: ${[...SHELLS.keys()].join(', ')}`);
      world.out.write(script([...others, command]));
      return 0;
    },
  };
  return command;
}
