// Reads a page of the documentation as what its reader does: manifests to apply, files to save, commands to type and what they show.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: object;
}

export type Step =
  | { readonly kind: 'apply'; readonly manifests: readonly Manifest[] }
  | { readonly kind: 'save'; readonly file: string; readonly text: string }
  | { readonly kind: 'run'; readonly script: string }
  | { readonly kind: 'see'; readonly command: string; readonly shows: string };

export interface Section {
  readonly heading: string;
  readonly steps: readonly Step[];
}

const HEADING = /^## (.+)$/;
const FENCE = /^( *)```(\w*)(?: title=(\S+))?$/;

/** Of its second level. Blocks of no language that is run (`json`, `mermaid`, none) are left out. */
export function sectionsOf(page: string): readonly Section[] {
  const sections: { heading: string; steps: Step[] }[] = [{ heading: '', steps: [] }];
  const lines = readFileSync(page, 'utf8').split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const [, heading] = HEADING.exec(line) ?? [];
    if (heading !== undefined) sections.push({ heading, steps: [] });
    const [fence, indent = '', language = '', title] = FENCE.exec(line) ?? [];
    if (fence === undefined) continue;
    const block = lines.splice(0, lines.indexOf(`${indent}\`\`\``)).map((one) => one.slice(indent.length));
    lines.shift();
    sections.at(-1)?.steps.push(...stepsOf(language, title, `${block.join('\n')}\n`));
  }
  return sections.filter(({ steps }) => steps.length > 0);
}

/** @throws Error where the page has no such section, or nothing to do in it. @param page of the folder docs */
export function sectionOf(page: string, heading: string): Section {
  const found = sectionsOf(`docs/${page}`).find((section) => section.heading === heading);
  if (found === undefined) throw new Error(`docs/${page} has nothing to do under "${heading}"`);
  return found;
}

function stepsOf(language: string, file: string | undefined, text: string): readonly Step[] {
  if (file !== undefined) return [{ kind: 'save', file, text }];
  if (language === 'yaml') return [{ kind: 'apply', manifests: manifestsIn(text) }];
  if (language === 'sh') return [{ kind: 'run', script: text }];
  if (language !== 'console') return [];
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { kind: 'see', command: part.slice(0, end), shows: part.slice(end + 1) };
    });
}

/** @throws Error where it is no YAML, or has a key twice */
function manifestsIn(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml, { strict: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server is asked about the whole of it
    return document.toJS() as Manifest;
  });
}

/**
 * What a command printed is as the page shows it: `…` stands for anything within a line, and alone on a line for any lines;
 * how far columns are apart does not matter.
 */
export function shownAs(shows: string): RegExp {
  const lines = shows.trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\n)*?' : ` *${line.trim().split('…').map(wordsOf).join('.*')} *\n`,
  );
  return new RegExp(`^${patterns.join('')}$`, 'u');
}

function wordsOf(text: string): string {
  return text
    .split(/\s+/u)
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\/]/gu, '\\$&'))
    .join(' +');
}
