// time: metav1.MicroTime, which Leases and Events carry.

/** Exactly six digits of a second: the API server refuses the three of Date#toISOString with 400. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
