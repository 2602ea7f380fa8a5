// telemetry: what traces are to the framework; an adapter (OpenTelemetry's, in most cases) is handed in. Without one nothing is traced,
// and nothing is paid for it.

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A stretch of work, while it goes on. */
export interface Span {
  set(attributes: SpanAttributes): void;
  /** It went wrong. @param why one word, as a reason; texts of servers do not belong in here */
  fail(why: string): void;
}

export interface Tracing {
  /** Work that begins a trace of its own. */
  begin<T>(name: string, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T>;
  /** Work that is a part of what goes on; where nothing that is traced goes on, it is not traced either. */
  within<T>(name: string, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T>;
}

const nobody: Span = { set: () => undefined, fail: () => undefined };

export const untraced: Tracing = {
  begin: async (_name, _attributes, work) => work(nobody),
  within: async (_name, _attributes, work) => work(nobody),
};
