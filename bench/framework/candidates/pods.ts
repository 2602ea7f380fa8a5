// What an operator keeps of a pod, and by what it finds it.
import { type V1Pod } from '@kubernetes/client-node';
import { controllerOf, type KubeClient, type Logger, Manager, resource } from '@dot-kube/operator';
import { list, message, metadata, nested, text, type Wire } from '@dot-kube/operator/protobuf';

const at = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true } as const;
const container = message({ name: text(1, 'required'), image: text(2) });
const shape = message({
  metadata: metadata('ownerReferences'),
  spec: nested(2, message({ containers: list(2, container), nodeName: text(10) })),
  status: nested(3, message({ phase: text(1) })),
});
type WirePod = Wire<typeof shape>;

function kept(pod: WirePod) {
  return {
    owner: controllerOf(pod),
    node: pod.spec?.nodeName ?? '',
    phase: pod.status?.phase ?? '',
    images: (pod.spec?.containers ?? []).map(({ name, image }) => ({ name, image: image ?? '' })),
  };
}

export interface Asked {
  /** The list comes as a stream where the server offers it, or in pages. */
  readonly how: 'stream' | 'pages';
  readonly form: 'json' | 'protobuf';
}

/** @param words of the command line, where they say it; else JSON by stream */
export function askedBy(words: readonly string[]): Asked {
  return {
    how: words.includes('pages') ? 'pages' : 'stream',
    form: words.includes('protobuf') ? 'protobuf' : 'json',
  };
}

// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- what is kept is its type
export function podsBy({ how, form }: Asked) {
  const declared = how === 'pages' ? resource<V1Pod>(at).listInPages() : resource<V1Pod>(at);
  const projected =
    form === 'protobuf' ? declared.protobuf(shape).project(kept) : declared.withoutManagedFields().project(kept);
  return projected
    .index('owner', ({ owner }) => (owner === undefined ? [] : [owner.uid]))
    .index('node', ({ node }) => (node === '' ? [] : [node]))
    .index('namespace', ({ namespace }) => [namespace]);
}

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message, fields) => {
    process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  },
  child: () => silent,
};

export function managerOf(client: KubeClient): Manager {
  return new Manager({ client, log: silent, name: 'example.com/bench', instance: 'bench' });
}
