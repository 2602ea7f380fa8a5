// testing: what operators' own tests may use, under the door ./testing.
export {
  type ApiProxy,
  type AskedRequest,
  type ApiProxyOptions,
  type ProxiedRequest,
  startApiProxy,
} from './api-proxy.js';
export { eventually, type EventuallyOptions } from './eventually.js';
export { FakeClock } from './fake-clock.js';
export { type Fault, goneInTheStream, refusal } from './faults.js';
export { sleepBy } from '../time/clock.js';
