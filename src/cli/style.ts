// cli: colours and columns of text for people.
import type { World, Screen } from './world.js';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Colour = keyof typeof CODES;

export type Paint = (colour: Colour, text: string) => string;

const plain: Paint = (_colour, text) => text;

/** Colours on a terminal only, and not where NO_COLOR is set to anything (no-color.org). */
export function paintFor(screen: Screen, environment: World['environment']): Paint {
  const noColour = environment['NO_COLOR'];
  if (!screen.isTerminal || (noColour !== undefined && noColour !== '') || environment['TERM'] === 'dumb') return plain;
  return (colour, text) => {
    const [on, off] = CODES[colour];
    return `\u001B[${on}m${text}\u001B[${off}m`;
  };
}

const OUR_COLOURS = String.raw`\u001B\[(?:${Object.values(CODES).flat().join('|')})m`;
// Controls but for the ends of lines and tabs, and the signs that turn the direction of writing.
const STEERING = String.raw`(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]`;
const OURS_OR_STEERING = new RegExp(`${OUR_COLOURS}|${STEERING}`, 'gu');

/** Texts come from Xray and from whoever writes policies, and a terminal obeys what stands in them. */
export function harmless(screen: Screen): Screen {
  if (!screen.isTerminal) return screen;
  return {
    isTerminal: true,
    write: (text) => {
      screen.write(text.replaceAll(OURS_OR_STEERING, (found) => (found.length > 1 ? found : '\uFFFD')));
    },
  };
}

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** Columns as wide as their widest cell, two spaces between. */
export function table(rows: readonly (readonly (Cell | string)[])[], paint: Paint): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.text.length ?? 0)));
  return cells
    .map((row) => row.map((cell, column) => padded(cell, column === row.length - 1 ? 0 : (widths[column] ?? 0), paint)))
    .map((row) => `${row.join('  ').trimEnd()}\n`)
    .join('');
}

function padded({ text, colour }: Cell, width: number, paint: Paint): string {
  const space = ' '.repeat(Math.max(0, width - text.length));
  return (colour === undefined ? text : paint(colour, text)) + space;
}

export function colourOfVerdict(verdict: string): Colour {
  switch (verdict) {
    case 'Compliant':
      return 'green';
    case 'Violating':
    case 'Unscanned':
      return 'red';
    default:
      return 'yellow';
  }
}

/** To the second. */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/u, 'Z');
}
