// testing: what operators' own tests may use, under the door ./testing.
export { eventually, type EventuallyOptions } from './eventually.js';
export { FakeClock } from './fake-clock.js';
