// report: which URLs messages may go to. A team names the URL, in a Secret, so the platform names the hosts: otherwise whoever may
// write a policy could have the operator send to whatever it can reach. Pure.

export type AllowedHosts = (url: URL) => boolean;

const ENTRY = /^(?:(https?):\/\/)?(\*\.)?([a-z0-9]([-a-z0-9.]*[a-z0-9])?)(?::([0-9]{1,5}))?$/;

/**
 * @param entries `host`, `*.domain`, either with `:port`; https and its port unless `http://` stands before it
 * @throws Error that names the entry
 */
export function allowedHosts(entries: readonly string[]): AllowedHosts {
  const rules = entries.map(ruleOf);
  return (url) => rules.some((allows) => allows(url));
}

function ruleOf(entry: string): AllowedHosts {
  const [, scheme = 'https', wildcard, host = '', , port] = ENTRY.exec(entry) ?? [];
  if (host === '')
    throw new Error(
      `--notification-hosts takes hosts as hooks.slack.com, *.example.com:8443 or http://svc.ns, not "${entry}"`,
    );
  const wantedPort = port ?? (scheme === 'https' ? '443' : '80');
  return (url) => {
    const at = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    if (url.protocol !== `${scheme}:` || at !== wantedPort) return false;
    return wildcard === undefined ? url.hostname === host : url.hostname.endsWith(`.${host}`);
  };
}
