// controllers: how many workloads somebody contends for, by who it is; read from the results when somebody scrapes.
import { gauge, type Manager } from '@dot-kube/operator';
import { CONTENDERS, contenderOf } from '../plan/contention-managers.js';
import { results } from '../observe/resources.js';

export function measureContention(manager: Pick<Manager, 'registry' | 'store'>): void {
  const store = manager.store(results);
  gauge(
    manager.registry,
    {
      name: 'kubexray_contended_workloads',
      help: 'Workloads whose stop somebody ends again and again, by who it is.',
      labels: ['contender'],
    },
    () => {
      const contenders = store
        .list()
        .flatMap(({ status }) => status?.contention?.manager ?? [])
        .map(contenderOf);
      return CONTENDERS.map((contender) => [{ contender }, contenders.filter((one) => one === contender).length]);
    },
  );
}
