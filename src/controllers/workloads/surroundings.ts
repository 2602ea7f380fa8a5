// controllers: reads the surroundings of a workload from the caches, and has all of a namespace looked at again when its label says other.
import type { Manager } from '@dot-kube/operator';
import type { Settings } from '../../config/settings.js';
import { budgets, namespaces } from '../../observe/resources.js';
import { PROTECTED_LABEL, type Surroundings } from '../../plan/surroundings.js';

export type SurroundingsOf = (namespace: string) => Surroundings;

interface SurroundingsPorts {
  readonly manager: Manager;
  readonly settings: Pick<Settings, 'protectedNamespaces' | 'honourProtectedLabel'>;
  readonly keysIn: (namespace: string) => Iterable<string>;
  readonly judgeAgain: (key: string) => void;
}

export function declareSurroundings({ manager, settings, keysIn, judgeAgain }: SurroundingsPorts): SurroundingsOf {
  const { protectedNamespaces, honourProtectedLabel } = settings;
  const stores = { budgets: manager.store(budgets), namespaces: manager.store(namespaces) };
  if (honourProtectedLabel)
    manager.watch(namespaces, (event) => {
      if (event.type !== 'update' || event.object.labels[PROTECTED_LABEL] === event.old.labels[PROTECTED_LABEL]) return;
      for (const key of keysIn(event.object.name)) judgeAgain(key);
    });
  return (namespace) => ({
    protectedNamespaces,
    budgets: [...stores.budgets.list(namespace)],
    ...(honourProtectedLabel
      ? { namespaceLabels: stores.namespaces.get({ namespace: '', name: namespace })?.labels ?? {} }
      : {}),
  });
}
