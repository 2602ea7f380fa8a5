// cli/restore: the manifest that a result kept of a deleted workload, with the values that were left out of it given anew. Pure.
import type { ObjectKey } from '@dot-kube/operator';
import { field } from '../field.js';
import { type KeptObject, LEFT_OUT, mapEnv, unpacked } from '../../report/result/kept-manifest.js';
import { Trouble } from '../exit-code.js';
import type { StoredResult } from '../stored.js';

/** @throws Trouble where there is none, with what to do instead */
export function manifestIn({ metadata, spec, status = {} }: StoredResult): KeptObject {
  const { kind, name } = spec.workloadRef;
  const { namespace = '' } = metadata;
  const { enforcement, deletedManifest } = status;
  const title = `${kind.toLowerCase()}/${name} in ${namespace}`;
  if (enforcement?.action !== 'Deleted') throw new Trouble(`the operator has not deleted ${title}`);
  if (deletedManifest === undefined)
    throw new Trouble(
      `the manifest of ${title} was not kept: it was too large, or an older release deleted it. Apply it again from where it came from`,
    );
  const object = unpacked(deletedManifest);
  if (object === undefined || !isOf(object, kind, { namespace, name }))
    throw new Trouble(`what was kept of ${title} is no manifest of it; apply it again from where it came from`);
  return object;
}

function isOf({ kind: own, metadata }: KeptObject, kind: string, key: ObjectKey): boolean {
  return own === kind && metadata.name === key.name && metadata.namespace === key.namespace;
}

/** The value of an environment variable, of one container or of all that have it. */
export interface GivenValue {
  /** As it was given, without the value. */
  readonly text: string;
  readonly container?: string;
  readonly name: string;
  readonly value: string;
}

/** @param text `[CONTAINER/]NAME=VALUE` @throws Trouble for anything else */
export function givenValue(text: string): GivenValue {
  const at = text.indexOf('=');
  const named = text.slice(0, Math.max(0, at));
  const slash = named.indexOf('/');
  const name = named.slice(slash + 1);
  if (name === '')
    throw new Trouble(`"${named || text}" names no variable; write --env NAME=VALUE or --env CONTAINER/NAME=VALUE`);
  return { text: named, name, value: text.slice(at + 1), ...(slash < 0 ? {} : { container: named.slice(0, slash) }) };
}

export interface Filled {
  readonly object: KeptObject;
  /** Left out and not given, as `container/NAME`. */
  readonly missing: readonly string[];
}

/**
 * @param empties whether what is not given is to be empty
 * @throws Trouble for a value of a variable that was not left out
 */
export function filled(object: KeptObject, values: readonly GivenValue[], empties: boolean): Filled {
  const missing: string[] = [];
  const used = new Set<GivenValue>();
  const spec = mapEnv(object['spec'], (variable, container) => {
    if (variable['value'] !== LEFT_OUT) return variable;
    const name = String(variable['name']);
    const given = values.findLast((one) => one.name === name && (one.container ?? container) === container);
    if (given !== undefined) {
      used.add(given);
      return { ...variable, value: given.value };
    }
    if (empties) return { name };
    missing.push(`${container}/${name}`);
    return variable;
  });
  const idle = values.find((one) => !used.has(one) && !isOverridden(one, values));
  if (idle !== undefined) throw new Trouble(`no value of "${idle.text}" was left out, so none is wanted`);
  return { object: { ...object, spec }, missing };
}

function isOverridden(one: GivenValue, all: readonly GivenValue[]): boolean {
  return all.findLast((other) => other.text === one.text) !== one;
}

/** The labels of its pods, where it has a pod template as all kinds of Kubernetes have, and most others. */
export function podLabelsIn(object: KeptObject): Readonly<Record<string, string>> {
  const labels =
    object.kind === 'Pod'
      ? field(object, 'metadata', 'labels')
      : (field(object, 'spec', 'jobTemplate', 'spec', 'template', 'metadata', 'labels') ??
        field(object, 'spec', 'template', 'metadata', 'labels'));
  const entries: [string, unknown][] = Object.entries(labels ?? {});
  return Object.fromEntries(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])));
}
