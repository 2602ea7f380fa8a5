// cli/dashboard/page: which view an address stands for, and the address of a view. Pure.
import { everything, type Filter, FILTER_NAMES, filterIn } from './filter.js';

export type Route =
  | { readonly view: 'overview' }
  /** `page` counts from 1. */
  | { readonly view: 'workloads'; readonly filter: Filter; readonly page: number }
  | { readonly view: 'workload'; readonly namespace: string; readonly result: string }
  | { readonly view: 'nowhere' };

export function routeOf({ pathname, search }: { readonly pathname: string; readonly search: string }): Route {
  const [view = '', ...rest] = pathname.split('/').slice(1).map(decoded);
  const [namespace, result] = rest;
  if (view === '' && rest.length === 0) return { view: 'overview' };
  if (view === 'workloads' && rest.length === 0) {
    const query = new URLSearchParams(search);
    return { view: 'workloads', filter: filterIn(query), page: pageIn(query) };
  }
  if (view === 'workload' && rest.length === 2 && namespace !== undefined && result !== undefined)
    return { view: 'workload', namespace, result };
  return { view: 'nowhere' };
}

export function workloadsPath(filter: Partial<Filter>, page = 1): string {
  const all = { ...everything, ...filter };
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) if (all[name] !== '') query.set(name, all[name]);
  if (page > 1) query.set('page', String(page));
  return query.size === 0 ? '/workloads' : `/workloads?${query.toString()}`;
}

export function workloadPath({ namespace, result }: { readonly namespace: string; readonly result: string }): string {
  return `/workload/${encodeURIComponent(namespace)}/${encodeURIComponent(result)}`;
}

function pageIn(query: URLSearchParams): number {
  const page = Number(query.get('page'));
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}

/** What is no escape sequence stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
