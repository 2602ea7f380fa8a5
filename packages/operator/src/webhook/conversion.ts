// webhook: one kind in several versions: each is converted to the one that knows most, the hub, and from it.
import { apiVersionOf, keyText, type ResourceCoordinates } from '../resource/coordinates.js';
import type { WireKind } from '../resource/resource.js';
import { isObject } from '../resource/json.js';
import type { Hook } from './hook.js';
import { answerTo, fieldIn, listIn, questionIn, textIn } from './review.js';
import { failure } from './status.js';

/** What a conversion makes: the fields of the other version. Of metadata, only labels and annotations may change. */
export type Contents<T> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

/** A version beside the hub. Both ways have to keep what the other version has no field for, as in an annotation. */
export interface VersionConversion<V, H> {
  readonly toHub: (object: V) => Contents<H>;
  readonly fromHub: (object: H) => Contents<V>;
}

export interface ConvertOptions<H, V extends Readonly<Record<string, object>>> {
  /** The version that all the others can be made of, and into; best the one in which objects are stored. */
  readonly hub: WireKind<H>;
  /** By name, as in `v1alpha1`. */
  readonly versions: { readonly [N in keyof V]: VersionConversion<V[N], H> };
}

const CONVERSION_REVIEW = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' } as const;

/** Where one object cannot be converted none is: the answer tells which, and where a conversion threw, the log tells why. */
export function convert<H, V extends Readonly<Record<string, object>>>({ hub, versions }: ConvertOptions<H, V>): Hook {
  const { coordinates } = hub;
  const others = new Map<string, Conversion>(
    Object.entries(versions).map(([version, conversion]) => [apiVersionOf({ ...coordinates, version }), conversion]),
  );
  return {
    answer: async (body, { log }, observer) => {
      const { uid, request } = questionIn(body, CONVERSION_REVIEW);
      const desired = textIn(request, 'desiredAPIVersion');
      try {
        const convertedObjects = listIn(request, 'objects').map((object) =>
          converted(object, desired, { coordinates, others }),
        );
        return answerTo({ uid }, CONVERSION_REVIEW, { result: { status: 'Success' }, convertedObjects });
      } catch (error) {
        if (!(error instanceof CannotConvert)) throw error;
        if (error.cause !== undefined) observer.failed();
        log.error(`a conversion failed: ${error.message}`, { uid, error });
        return answerTo({ uid }, CONVERSION_REVIEW, { result: failure(422, error.message), convertedObjects: [] });
      }
    },
  };
}

class CannotConvert extends Error {
  override readonly name = 'CannotConvert';
}

/** As the hook sees it: which objects go with which function is known by their version only. */
interface Conversion {
  readonly toHub: (object: never) => object;
  readonly fromHub: (object: never) => object;
}

interface Known {
  readonly coordinates: ResourceCoordinates;
  /** By `group/version`. */
  readonly others: ReadonlyMap<string, Conversion>;
}

/** @throws CannotConvert */
function converted(object: unknown, desired: string, { coordinates, others }: Known): object {
  const [from, kind] = [textIn(object, 'apiVersion'), textIn(object, 'kind')];
  const hub = apiVersionOf(coordinates);
  const isUnknown = (version: string): boolean => version !== hub && !others.has(version);
  if (!isObject(object) || kind !== coordinates.kind || isUnknown(from) || isUnknown(desired))
    throw new CannotConvert(
      `there is no conversion of ${kind} from ${from} to ${desired}; see what the CRD sends here`,
    );
  if (from === desired) return object;
  try {
    const atHub = remade(object, others.get(from)?.toHub, hub);
    return remade(atHub, others.get(desired)?.fromHub, desired);
  } catch (cause) {
    const metadata = fieldIn(object, 'metadata');
    const name = keyText({ namespace: textIn(metadata, 'namespace'), name: textIn(metadata, 'name') });
    throw new CannotConvert(`${kind} ${name} could not be converted from ${from} to ${desired}`, { cause });
  }
}

/** @param conversion undefined: it is in that version already */
function remade(object: object, conversion: ((object: never) => object) | undefined, apiVersion: string): object {
  if (conversion === undefined) return object;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- of the version that the conversion is for, whose schema the API server has held it against
  const contents = conversion(object as never);
  const [before, changed] = [fieldIn(object, 'metadata'), fieldIn(contents, 'metadata')];
  const [labels, annotations] = [fieldIn(changed, 'labels'), fieldIn(changed, 'annotations')];
  const metadata = {
    ...(isObject(before) ? before : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { ...contents, apiVersion, kind: textIn(object, 'kind'), metadata };
}
