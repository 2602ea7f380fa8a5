// cli: objects as YAML, each with comments before it.
import { Document } from 'yaml';

export interface Commented {
  readonly notes: readonly string[];
  readonly object?: object;
}

export function yamlText(documents: readonly Commented[]): string {
  return documents.map(documentText).join('---\n');
}

function documentText({ notes, object }: Commented): string {
  const comments = notes.map((note) => `# ${note.replaceAll('\n', '\n# ')}\n`).join('');
  if (object === undefined) return comments;
  return comments + new Document(object, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });
}
