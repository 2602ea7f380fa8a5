// xray-simulator: what the simulated Xray is at the moment; its API answers from it, and the admin API changes it.
import type { Catalog } from './catalog.js';
import type { Demands } from './demands.js';
import type { Faults } from './faults.js';

export interface State {
  readonly catalog: Catalog;
  /** `METHOD /path`, the oldest first; requests of the admin API are not in here. */
  readonly requests: string[];
  demands: Demands;
  faults: Faults;
}
