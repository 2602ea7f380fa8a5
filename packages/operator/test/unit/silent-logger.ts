// A log that nobody reads, for units that need one.
import type { Logger } from '../../src/telemetry/logger.js';

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
