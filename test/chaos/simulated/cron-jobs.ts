// chaos/simulated: plays the controller of CronJobs, and the end of what they start. Quicker than a schedule can say, and without a rule.
import type { Random } from '../story/random.js';
import { hasEnded, kinds, nameOf, ownerReference } from './cluster.js';
import { isObject, type JsonObject, type Stored } from './objects.js';
import type { ObjectStore } from './store.js';
import type { SimulatedTime } from './time.js';

const CONTROLLER = 'kube-controller-manager';
const KUBELET = 'kubelet';
const SOONEST_START_MS = 2_000;
const LATEST_START_MS = 30_000;
const JOB_LASTS_MS = 12_000;
const KEPT_MS = 5_000;

export class CronJobs {
  readonly #store: ObjectStore;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  #started = 0;

  constructor(store: ObjectStore, time: SimulatedTime, random: Random) {
    this.#store = store;
    this.#time = time;
    this.#random = random;
    store.onChange(({ kind, type, object }) => {
      if (type !== 'ADDED') return;
      if (kind.plural === 'cronjobs') this.#next(object);
      if (kind.plural === 'jobs' && object.metadata.ownerReferences !== undefined) this.#endLater(object);
    });
  }

  #next(cronJob: Stored): void {
    this.#time.after(this.#random.between(SOONEST_START_MS, LATEST_START_MS), () => {
      const now = this.#store.get(kinds.cronJob, nameOf(cronJob));
      if (now?.metadata.uid !== cronJob.metadata.uid) return;
      if (now.spec?.['suspend'] !== true) this.#start(now);
      this.#next(now);
    });
  }

  #start(cronJob: Stored): void {
    const name = { ...nameOf(cronJob), name: `${cronJob.metadata.name}-${++this.#started}` };
    const jobTemplate = cronJob.spec?.['jobTemplate'];
    const spec = isObject(jobTemplate) && isObject(jobTemplate['spec']) ? jobTemplate['spec'] : {};
    const metadata = { ownerReferences: [ownerReference(cronJob)] };
    this.#store.create(kinds.job, name, { metadata, spec: { ...spec, suspend: false } }, CONTROLLER);
  }

  /** One that is suspended goes on later, and ends later. */
  #endLater(job: Stored): void {
    this.#time.after(JOB_LASTS_MS, () => {
      const now = this.#store.get(kinds.job, nameOf(job));
      if (now?.metadata.uid !== job.metadata.uid) return;
      if (now.spec?.['suspend'] === true) this.#endLater(now);
      else this.#end(now);
    });
  }

  #end(job: Stored): void {
    const conditions = [{ type: 'Complete', status: 'True' }];
    this.#status(kinds.job, job, { conditions }, CONTROLLER);
    for (const pod of this.#store.list(kinds.pod, job.metadata.namespace))
      if (pod.metadata.ownerReferences?.[0]?.uid === job.metadata.uid)
        this.#status(kinds.pod, pod, { phase: 'Succeeded' }, KUBELET);
    this.#time.after(KEPT_MS, () => {
      const now = this.#store.get(kinds.job, nameOf(job));
      if (now !== undefined && hasEnded(now))
        this.#store.delete(kinds.job, nameOf(job), CONTROLLER, { uid: job.metadata.uid });
    });
  }

  #status(kind: Parameters<ObjectStore['change']>[0], object: Stored, fields: JsonObject, manager: string): void {
    this.#store.change(kind, nameOf(object), {
      manager,
      next: (before) => ({ ...before, status: { ...before.status, ...fields } }),
    });
  }
}
