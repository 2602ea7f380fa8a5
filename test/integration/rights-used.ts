// Which rights a request to the API server takes, and which a role gives: a role is to give what is used, and nothing else.
import type { ProxiedRequest } from '@dot-kube/operator/testing';

interface Target {
  /** `group/resource` or `group/resource/subresource`; the core group is empty. */
  readonly text: string;
  readonly isCollection: boolean;
}

function targetOf(path: string): Target {
  const [, group = '', rest = ''] = /^\/apis?\/(?:([^/]+)\/)?v[^/]+\/(.*)$/.exec(path) ?? [];
  const [resource = '', name, subresource] = rest.replace(/^namespaces\/[^/]+\//, '').split('/');
  return { text: [`${group}/${resource}`, subresource ?? []].flat().join('/'), isCollection: name === undefined };
}

/** As `verb group/resource`, by the rules of the API server's request attributes. */
export function rightsUsedBy({ method, path, query, status }: ProxiedRequest): readonly string[] {
  const { text, isCollection } = targetOf(path);
  switch (method) {
    case 'GET':
      if (!isCollection) return [`get ${text}`];
      if (query.get('watch') !== 'true') return [`list ${text}`];
      // A watch that begins with what there is does the work of a list, which is what older servers are asked for.
      return query.has('sendInitialEvents') ? [`watch ${text}`, `list ${text}`] : [`watch ${text}`];
    case 'PATCH':
      return status === 201 ? [`patch ${text}`, `create ${text}`] : [`patch ${text}`];
    case 'PUT':
      return [`update ${text}`];
    case 'POST':
      return [`create ${text}`];
    default:
      return [`${method.toLowerCase()} ${text}`];
  }
}

export interface Role {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** The same of roles, sorted. */
export function rightsIn(roles: readonly Role[]): readonly string[] {
  const rights = roles.flatMap(({ rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
  return [...new Set(rights)].sort();
}
