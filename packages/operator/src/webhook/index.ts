// webhook: the door @dot-kube/operator/webhook. Admission and conversion, and the server that the API server asks.
export {
  type Allowed,
  type Asked,
  type Change,
  type Denied,
  type HookOptions,
  mutate,
  type MutateOptions,
  validate,
  type ValidateOptions,
  type Verdict,
} from './admission.js';
export type { AdmissionRequest, Operation, ReviewedResource, UserInfo } from './admission-request.js';
export {
  bodyOf,
  BoundedServer,
  type Certificate,
  isPacked,
  type Listener,
  type ServerLimits,
} from './bounded-server.js';
export { type Contents, convert, type ConvertOptions, type VersionConversion } from './conversion.js';
export type { Handling, Hook, HookObserver } from './hook.js';
export { type PatchOperation } from '../client/json-patch.js';
export { WebhookServer, type WebhookServerOptions } from './webhook-server.js';
