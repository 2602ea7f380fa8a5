// controllers: the brake of the whole operator: its rules from the settings, what is there and what counts already from the caches.
import { gauge, type Logger, type Manager } from '@dot-kube/operator';
import type { Settings } from '../../config/settings.js';
import { namespaces, results } from '../../observe/resources.js';
import { BrakeKeeper, type BrakePorts, type RecordedStop } from './brake-keeper.js';
import { keyOfResult, type ObservedResult } from '../workloads/result-writer.js';
import type { WorkloadLookup } from '../workloads/workload-lookup.js';

export interface BrakeDeclaration {
  readonly manager: Manager;
  readonly settings: Pick<Settings, 'brake' | 'enforcementsPerMinute'>;
  readonly log?: Logger;
}

export interface BrakeSurroundings extends Pick<BrakePorts, 'approvals' | 'clock' | 'judgeAgain' | 'undecided'> {
  readonly lookup: Pick<WorkloadLookup, 'keysIn'>;
}

export function declareBrake({ manager, settings, log }: BrakeDeclaration, around: BrakeSurroundings): BrakeKeeper {
  const { lookup, ...ports } = around;
  const namespaceStore = manager.store(namespaces);
  const resultStore = manager.store(results);
  return new BrakeKeeper({
    ...ports,
    rules: settings.brake,
    rate: { perMinute: settings.enforcementsPerMinute },
    log,
    measure: (name, help, read) => {
      gauge(manager.registry, { name, help, labels: [] }, () => [[{}, read()]]);
    },
    workloads: () => namespaceStore.list().flatMap(({ name }) => [...lookup.keysIn(name)]),
    recorded: () => resultStore.list().flatMap(recordedStop),
  });
}

function recordedStop(result: ObservedResult): readonly RecordedStop[] {
  const counted = result.status?.enforcement?.counted;
  return counted === undefined ? [] : [{ key: keyOfResult(result), namespace: result.namespace, counted }];
}
