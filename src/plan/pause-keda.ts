// plan: what is written to a KEDA ScaledObject so that it leaves a stopped workload alone, and to take that off again. Pure.
// What was there before is kept on the ScaledObject itself, in the same write: it may outlive the workload.
import { fieldsOf, parseJson } from '../api/json.js';
import type { ObservedTarget } from '../observe/observed.js';
import { WORKLOAD_FIELD_MANAGER } from './note.js';

export interface ScaledObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  };
  /** By managed fields: who else owns the pause. */
  readonly pauseManagers: readonly string[];
}

export type Annotations = Readonly<Record<string, string | null>>;

/** While it is there, KEDA keeps the replicas at its value (keda v1alpha1.PausedReplicasAnnotation). */
export const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';
const PAUSE_MARK = 'kubexray.io/paused';
const OURS = '0';

/** @returns undefined where there is nothing to write */
export function pauseOf(one: ScaledObject, target: Scaled): Annotations | undefined {
  const { annotations = {} } = one.metadata;
  const known = markIn(annotations);
  const paused = annotations[PAUSED_REPLICAS];
  if (!isFor(one, target) || (known?.uid === target.uid && paused === OURS)) return undefined;
  // A mark that is there already tells what stood there before us; somebody may have taken only the pause off.
  const before = known === undefined ? paused : known.before;
  const mark = { uid: target.uid, ...(before === undefined ? {} : { before }) };
  return { [PAUSED_REPLICAS]: OURS, [PAUSE_MARK]: JSON.stringify(mark) };
}

type Scaled = Pick<ObservedTarget, 'coordinates' | 'name' | 'uid'>;

/** What is left out is KEDA's default (keda v1alpha1.ScaleTarget). */
function isFor({ spec }: ScaledObject, { name, coordinates }: Scaled): boolean {
  const { group, version, kind } = coordinates;
  const wanted = { apiVersion: 'apps/v1', kind: 'Deployment', ...spec?.scaleTargetRef };
  return wanted.name === name && wanted.kind === kind && wanted.apiVersion === `${group}/${version}`;
}

/** What somebody changed or claimed meanwhile is left. @returns undefined where it was not paused for this workload */
export function resumeOf(
  { metadata: { annotations = {} }, pauseManagers }: ScaledObject,
  uid: string,
): Annotations | undefined {
  const mark = markIn(annotations);
  if (mark?.uid !== uid) return undefined;
  const isOurs = annotations[PAUSED_REPLICAS] === OURS && pauseManagers.every((one) => one === WORKLOAD_FIELD_MANAGER);
  return { [PAUSE_MARK]: null, ...(isOurs ? { [PAUSED_REPLICAS]: mark.before ?? null } : {}) };
}

interface Mark {
  readonly uid: string;
  readonly before?: string;
}

function markIn(annotations: Readonly<Record<string, string>>): Mark | undefined {
  const text = annotations[PAUSE_MARK];
  if (text === undefined) return undefined;
  const { uid, before } = fieldsOf(parseJson(text));
  if (typeof uid !== 'string') return undefined;
  return { uid, ...(typeof before === 'string' ? { before } : {}) };
}
