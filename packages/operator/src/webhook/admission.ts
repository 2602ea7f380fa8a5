// webhook: who says whether something may be done (`validate`), and who changes it before it is (`mutate`).
import { type PatchOperation, patchBetween } from '../client/json-patch.js';
import { apiVersionOf, type ResourceCoordinates } from '../resource/coordinates.js';
import type { WireKind } from '../resource/resource.js';
import {
  ADMISSION_REVIEW,
  type AdmissionRequest,
  admissionRequestIn,
  type Operation,
  type ReviewedResource,
} from './admission-request.js';
import type { Handling, Hook, HookObserver } from './hook.js';
import { answerTo, NotAReview } from './review.js';
import { failure, shownWarnings } from './status.js';

interface Warned {
  /** Shown to whoever asked, by kubectl too: each up to 256 characters, all up to 4096. */
  readonly warnings?: readonly string[];
}

export interface Allowed extends Warned {
  readonly allowed: true;
}

export interface Denied extends Warned {
  readonly allowed: false;
  /** What is wrong and what to do about it; the API server puts the name of the web hook before it. */
  readonly message: string;
  /** HTTP status, from 400; 403 by default. */
  readonly code?: number;
}

export type Verdict = Allowed | Denied;

/** What becomes of the object: as it is to be (changed in place, or another one), or the steps to it. */
export type Change<T> =
  Verdict | ({ readonly object: T } & Warned) | ({ readonly patch: readonly PatchOperation[] } & Warned);

export type Asked<T, O extends Operation> = AdmissionRequest<T, O> & Handling;

export interface HookOptions<T, O extends Operation> {
  /** Made by `resource`, as for a cache; what it says of scope and projection is of no matter here. */
  readonly resource: WireKind<T>;
  /** As in `status`; the object itself by default. */
  readonly subresource?: string;
  /** CREATE and UPDATE by default; all else is allowed as it is. */
  readonly operations?: readonly O[];
}

export interface ValidateOptions<T, O extends Operation> extends HookOptions<T, O> {
  readonly check: (asked: Asked<T, O>) => Verdict | Promise<Verdict>;
}

export interface MutateOptions<T, O extends Operation> extends HookOptions<T, O> {
  readonly change: (asked: Asked<T, O>) => Change<T> | Promise<Change<T>>;
}

type Usual = 'CREATE' | 'UPDATE';
const USUAL: readonly Operation[] = ['CREATE', 'UPDATE'];

/** What throws is a denial with code 500 that says nothing of the error: the log does. */
export function validate<T, O extends Operation = Usual>(options: ValidateOptions<T, O>): Hook {
  return admission<T, O>(options, async (asked) => answered(await options.check(asked)));
}

/** The same for what changes objects. */
export function mutate<T, O extends Operation = Usual>(options: MutateOptions<T, O>): Hook {
  return admission<T, O>(options, async (asked) => {
    const before: unknown = structuredClone(asked.object); // the handler may change its own in place
    const change = await options.change(asked);
    if ('allowed' in change) return answered(change);
    return { ...answered({ ...change, allowed: true }), ...patched(patchOf(before, change)) };
  });
}

interface Answer {
  readonly allowed: boolean;
  readonly status?: ReturnType<typeof failure>;
  readonly warnings?: readonly string[];
  readonly patchType?: 'JSONPatch';
  /** In base64. */
  readonly patch?: string;
}

function admission<T, O extends Operation>(
  { resource, subresource = '', operations }: HookOptions<T, O>,
  decide: (asked: Asked<T, O>) => Promise<Answer>,
): Hook {
  const wanted: readonly Operation[] = operations ?? USUAL;
  return {
    answer: async (body, handling, observer) => {
      const request = admissionRequestIn(body);
      assertIsFor(request, resource.coordinates, subresource);
      const log = handling.log.child({ uid: request.uid });
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server has held the object against the kind's schema
      const asked = { ...request, ...handling, log } as unknown as Asked<T, O>;
      const answer = wanted.includes(request.operation)
        ? await decide(asked).catch((error: unknown) => failed(error, { ...handling, log }, observer))
        : { allowed: true };
      if (!handling.signal.aborted) observer.decided(answer.allowed, answer.status?.code ?? 200);
      return answerTo(request, ADMISSION_REVIEW, answer);
    },
  };
}

function assertIsFor(
  { resource, subresource: given }: AdmissionRequest<object>,
  coordinates: ResourceCoordinates,
  subresource: string,
): void {
  const [asked, own] = [nameOf(resource, given), nameOf(coordinates, subresource)];
  if (asked === own) return;
  throw new NotAReview(400, `it is for ${own}, and was asked about ${asked}: correct the rules of its configuration`);
}

function nameOf(resource: ReviewedResource, subresource: string): string {
  return `${resource.plural}${subresource === '' ? '' : `/${subresource}`} of ${apiVersionOf(resource)}`;
}

function failed(error: unknown, { signal, log }: Handling, observer: HookObserver): Answer {
  if (signal.aborted) throw error; // nobody waits for it
  observer.failed();
  log.error('a web hook failed; what was asked for is refused', { error });
  return { allowed: false, status: failure(500, 'the web hook itself failed; its log tells why') };
}

function answered({ warnings = [], ...verdict }: Verdict): Answer {
  const shown = shownWarnings(warnings);
  return {
    allowed: verdict.allowed,
    ...(verdict.allowed ? {} : { status: failure(verdict.code ?? 403, verdict.message) }),
    ...(shown.length === 0 ? {} : { warnings: shown }),
  };
}

function patchOf<T>(before: unknown, change: Exclude<Change<T>, Verdict>): readonly PatchOperation[] {
  if ('patch' in change) return change.patch;
  if (before === undefined) throw new Error('there is no object to change on DELETE');
  const after: unknown = JSON.parse(JSON.stringify(change.object)); // as it would be sent: without what is undefined
  return patchBetween(before, after);
}

function patched(patch: readonly PatchOperation[]): Pick<Answer, 'patchType' | 'patch'> {
  if (patch.length === 0) return {};
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}
