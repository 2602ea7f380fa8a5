// crd: the door @dot-kube/operator/crd/doc-comments. Reads the doc comments of classes at the time of generating, as
// nothing is left of them in what is compiled: what has no @Description() is described by its comment.
//
// A comment belongs to a class by the class's name, so the files that are read may hold each name only once.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { type Class, type Notes, notesOf } from './notes.js';

export interface DocCommentSource {
  readonly path: string;
  /** Read from `path` by default. */
  readonly text?: string;
}

type Described = ReadonlyMap<string, string>;
const OF_THE_CLASS = '';

/**
 * Gives each class, and each of its fields, its doc comment as its description. Call it before
 * `customResourceDefinition`. A @Description() that is there stays.
 *
 * @throws Error where two classes in the files have one name, or a class is in none of them
 */
export function describeByComments(classes: readonly Class[], sources: readonly DocCommentSource[]): void {
  const comments = new Map<string, Described>();
  for (const { path, text = readFileSync(path, 'utf8') } of sources)
    for (const [name, described] of commentsIn(path, text)) {
      if (comments.has(name)) throw new Error(`two classes are named ${name}, the second in ${path}; rename one.`);
      comments.set(name, described);
    }
  for (const type of classes) describe(type, comments);
}

function describe(type: Class, comments: ReadonlyMap<string, Described>): void {
  const described = comments.get(type.name);
  if (described === undefined) throw new Error(`${type.name} is in none of the files that were read.`);
  for (const [field, text] of described) {
    const notes: Notes = field === OF_THE_CLASS ? notesOf(type) : notesOf(type, field);
    notes.description ??= text;
  }
}

function commentsIn(path: string, text: string): Map<string, Described> {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Described>();
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name !== undefined) found.set(node.name.text, commentsOf(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function commentsOf(declaration: ts.ClassDeclaration): Described {
  const comments = new Map<string, string>();
  const own = commentOf(declaration);
  if (own !== undefined) comments.set(OF_THE_CLASS, own);
  for (const member of declaration.members) {
    if (!ts.isPropertyDeclaration(member) || !ts.isIdentifier(member.name)) continue;
    const comment = commentOf(member);
    if (comment !== undefined) comments.set(member.name.text, comment);
  }
  return comments;
}

/** The text before the tags, its lines joined; paragraphs stay apart. */
function commentOf(node: ts.Node): string | undefined {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(docs.at(-1)?.comment);
  if (text === undefined || text.trim() === '') return undefined;
  const paragraphs = text.trim().split(/\n\s*\n/);
  return paragraphs.map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, ' ')).join('\n\n');
}
