// config: the log that everything writes to: JSON lines on standard output, by winston.
import type { LogFields, Logger } from '@dot-kube/operator';
import { createLogger, format, transports, type Logger as Winston } from 'winston';

export function logger(level: string): Logger {
  return adapt(
    createLogger({
      level,
      format: format.combine(format.timestamp(), format.json()),
      transports: [new transports.Console()],
    }),
  );
}

function adapt(winston: Winston): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      winston.log(level, message, plain(fields));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => adapt(winston.child(plain(fields))),
  };
}

// An error becomes its text and stack: its own fields may hold a response, and a response may hold a secret.
function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
}
