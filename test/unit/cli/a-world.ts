// A world for the command line that holds files in memory, keeps what is printed, and has no cluster unless given one.
import { kubexray } from '../../../src/cli/kubexray.js';
import { Trouble } from '../../../src/cli/exit-code.js';
import type { World } from '../../../src/cli/world.js';
import { now } from '../../builders/builders.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was written to files. */
  readonly written: ReadonlyMap<string, string>;
}

export interface WorldOptions extends Partial<Omit<World, 'files' | 'out' | 'err'>> {
  readonly files?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  /** Hears of what is printed while the command runs. */
  readonly onPrint?: (text: string) => void;
}

export async function ran(args: readonly string[], options: WorldOptions = {}): Promise<Ran> {
  const { files = {}, isTerminal = false, onPrint, ...differs } = options;
  const printed = { out: '', err: '' };
  const written = new Map<string, string>();
  const world: World = {
    environment: {},
    out: {
      write: (text) => {
        printed.out += text;
        onPrint?.(text);
      },
      isTerminal,
    },
    err: { write: (text) => (printed.err += text), isTerminal: false },
    now: () => now,
    ask: async () => undefined,
    signal: new AbortController().signal,
    files: {
      read: async (path) => {
        const text = files[path];
        if (text === undefined) throw new Trouble(`${path} cannot be read: there is no such file or folder`);
        return [{ path, text }];
      },
      writePrivate: async (path, text) => {
        written.set(path, text);
      },
    },
    openCluster: async () => {
      throw new Error('this test has no cluster');
    },
    openWatchedCluster: async () => {
      throw new Error('this test has no cluster to watch');
    },
    page: { html: { type: 'text/html', text: '<title>page</title>' }, assets: new Map() },
    openXray: () => {
      throw new Error('this test has no Xray');
    },
    ...differs,
  };
  const code = await kubexray(args, world);
  return { code, ...printed, written };
}
