// cache: which of two resource versions is the newer one. They are ordered numbers of any length (Kubernetes API
// concepts, resource versions, since 1.35), except of aggregated API servers, whose resources are declared as such.

export function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}
