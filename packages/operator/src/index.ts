// The public face of @dot-kube/operator: what is not here does not exist for others.
export { type ResourceEvent, type Store } from './cache/store.js';
export { KubeApiError } from './client/api-error.js';
export { KubeClient, type CallOptions, type DeleteOptions, type Patch } from './client/kube-client.js';
export { type EventInput, type EventRecorder } from './events/recorder.js';
export { Manager, type ManagerOptions, type Part } from './lifecycle/manager.js';
export { type AddOptions } from './queue/work-queue.js';
export {
  type Controller,
  type ControllerOptions,
  type Reconciler,
  type Result,
  TerminalError,
} from './reconcile/controller.js';
export { keyText, type ObjectKey, type ResourceCoordinates } from './resource/coordinates.js';
export { type Kept, type Resource, resource } from './resource/resource.js';
export { type Logger, type LogFields } from './telemetry/logger.js';
export { type Clock, systemClock, type Timer } from './time/clock.js';
