// The public face of @dot-kube/operator: what is not here does not exist for others.
export { type Handler } from './cache/shared-cache.js';
export { type Origin, type ResourceEvent, type Store } from './cache/store.js';
export { type View } from './cache/view.js';
export { type ErrorCause, isApiError, KubeApiError, type KubeApiReason, type Verb } from './client/api-error.js';
export { type KubeConfigLike, type KubeConfigSource } from './client/credentials.js';
export { type Finalized, type FinalizerChange } from './client/finalizers.js';
export {
  type CallOptions,
  type ClientOptions,
  type DeleteOptions,
  KubeClient,
  type ListOptions,
  type Patch,
  type StreamedBody,
} from './client/kube-client.js';
export { type Precondition, type StatusOptions, type WriteOptions, type Writer } from './client/writer.js';
export { type EventInput } from './events/event.js';
export { type EventRecorder } from './events/recorder.js';
export { type ElectionOptions, LeadershipLost } from './leader/elector.js';
export { type WatchHealth } from './lifecycle/health.js';
export { Manager, type ManagerOptions } from './lifecycle/manager.js';
export { type Part, type ServingPart } from './lifecycle/work.js';
export { type BackOffOptions, type BucketOptions, type RetryLimits } from './queue/rate-limiter.js';
export { type AddOptions } from './queue/work-queue.js';
export { type ControllerBuilder, type ControllerOptions, type Pass, type Reconciler } from './reconcile/builder.js';
export { type Controller } from './reconcile/controller.js';
export { type Predicate, predicates } from './reconcile/predicates.js';
export { type Result, TerminalError } from './reconcile/result.js';
export { apiVersionOf, keyText, type ObjectKey, parseKey, type ResourceCoordinates } from './resource/coordinates.js';
export { controllerOf, type Owned, type OwnerReference } from './resource/owner.js';
export {
  type Kept,
  type Resource,
  resource,
  type ResourceBuilder,
  type Scope,
  type WireKind,
} from './resource/resource.js';
export { counter, gauge, histogram, Registry, type Sample } from './telemetry/instruments.js';
export { type LogFields, type Logger, silentLogger } from './telemetry/logger.js';
export { type Span, type SpanAttributes, type Tracing, untraced } from './telemetry/tracing.js';
export { type Clock, systemClock, type Timer } from './time/clock.js';
