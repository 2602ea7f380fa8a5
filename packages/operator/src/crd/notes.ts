// crd: what the decorators noted of a class and its fields, beside what class-validator keeps; read by the generator.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A class as a value; instances are never made by the generator. */
export type Class = abstract new (...args: never[]) => object;

export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** Relative to where the rule stands, as in `.denied`: the error then points there. */
  readonly fieldPath?: string;
}

export interface PrinterColumnOptions {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 0, the default, is shown always; above 0 only by `-o wide`. */
  readonly priority?: number;
}

export interface CustomResourceOptions {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** False: the API server keeps the version for objects that were stored in it, and answers no requests for it. */
  readonly served?: boolean;
  /** Who still uses this version is told so, in these words. */
  readonly deprecated?: string;
  /** Lets `kubectl scale` and autoscalers set it. */
  readonly scale?: ScaleOptions;
}

/** Each a path as in `.spec.replicas`. */
export interface ScaleOptions {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** Notes on one field, or on the class itself. */
export interface Notes {
  description?: string;
  default?: Json;
  /** The class of the field's value, or of each item where the field is a list; a function, as classes may stand in any order. */
  nested?: () => Class;
  readonly rules: CelRule[];
  readonly extensions: Record<string, Json>;
}

export interface KindNotes {
  resource?: CustomResourceOptions;
  readonly columns: PrinterColumnOptions[];
  readonly selectable: string[];
}

// Keyed by the class, never by its name: two classes of one name are two classes.
const notesByClass = new WeakMap<object, Map<string, Notes>>();
const kindByClass = new WeakMap<object, KindNotes>();

const OF_THE_CLASS = '';

/** Without a field, the notes on the class. */
export function notesOf(target: object, field: string = OF_THE_CLASS): Notes {
  const fields = notesByClass.get(target) ?? new Map<string, Notes>();
  notesByClass.set(target, fields);
  const notes = fields.get(field) ?? { rules: [], extensions: {} };
  fields.set(field, notes);
  return notes;
}

export function kindNotesOf(target: object): KindNotes {
  const notes = kindByClass.get(target) ?? { columns: [], selectable: [] };
  kindByClass.set(target, notes);
  return notes;
}
