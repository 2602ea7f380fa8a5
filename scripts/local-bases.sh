#!/usr/bin/env bash
# Makes the two bases of the Dockerfile from Debian's packages and the `node` of npm's registry, in buildah's storage: for where
# no image registry can be reached, or none is trusted.
#   scripts/local-bases.sh [amd64|arm64]…      (as root; needs mmdebstrap, buildah and npm)
# The run base has glibc, libstdc++, certificates and time zones, and nothing else: no shell, no package manager. Which packages its
# files are from stands where distroless bases have it, so that scanners of images find it.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${DEBIAN_SUITE:-bookworm}
run_packages=base-files,libc6,libstdc++6,ca-certificates,tzdata,netbase
node_version=$(node -p 'require("./package.json").devDependencies.node')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Run by mmdebstrap while the packages lie there: what only scripts and programs that are not in the base would use goes again, and
# the others are written down.
cat >"$work/record" <<'EOF'
set -eu
mkdir -p "$1/status.d"
for package in "$1"/var/cache/apt/archives/*.deb; do
  name=$(dpkg-deb --field "$package" Package)
  case $name in
    debconf | openssl | libssl3 | mawk) dpkg-deb --fsys-tarfile "$package" | tar -t | grep -v '/$' | (cd "$1" && xargs -r rm -f) ;;
    *) dpkg-deb --field "$package" >"$1/status.d/$name" ;;
  esac
done
EOF

unpack() { # ARCH FOLDER PACKAGES: unpacked only, so it works for any architecture
  mmdebstrap --quiet --variant=extract --architectures="$1" --include="$3" --extract-hook="sh $work/record \"\$1\"" "$suite" "$2"
  # Scripts that configure packages have nothing here to run them; of the documentation the licenses stay.
  rm -rf "$2"/usr/share/{man,locale,lintian,bug,perl5,debconf,bash-completion,gdb,gcc,pixmaps} "$2"/usr/lib/*/gconv
  rm -rf "$2"/usr/share/doc/*/examples
  find "$2/usr/share/doc" -type f ! -name copyright -delete
  find "$2/usr/share/doc" -xtype l -delete
  rm -rf "$2"/usr/sbin/* "$2"/usr/bin/{*deb*,c_rehash} "$2"/usr/lib/ssl/misc "$2"/var/* "$2"/dev/* "$2"/etc/{apt,dpkg,update-motd.d}
  find "$2" -mindepth 2 -type d -empty -delete
  # Of the machine that builds it.
  rm -f "$2"/etc/{hostname,resolv.conf,fstab}
  mkdir -p "$2/var/lib/dpkg" && mv "$2/status.d" "$2/var/lib/dpkg/status.d"
  # What the packages would do once they are configured.
  mkdir -p "$2/etc/ssl/certs"
  find "$2/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat >"$2/etc/ssl/certs/ca-certificates.crt"
  printf 'hosts: files dns\n' >"$2/etc/nsswitch.conf"
  printf 'root:x:0:0::/:/sbin/nologin\nnonroot:x:65532:65532::/:/sbin/nologin\n' >"$2/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$2/etc/group"
}

commit() { # ARCH FOLDER NAME
  local container platform=(--arch "$1")
  [[ $1 == arm64 ]] && platform+=(--variant v8) # what --platform linux/arm64 looks for
  container=$(buildah from "${platform[@]}" scratch)
  buildah copy --quiet "$container" "$2" / >/dev/null
  buildah config "${platform[@]}" --os linux --env PATH=/usr/local/bin:/usr/bin:/bin "$container"
  buildah commit --quiet --rm --timestamp 0 "$container" "$3" >/dev/null
  printf '%s: %s\n' "$3" "$(du -sh "$2" | cut -f1)"
}

with_node() { # ARCH FOLDER
  local platform=linux-${1/amd64/x64}
  npm --silent --prefix "$work/$1" install --no-save --force --ignore-scripts "node-$platform@$node_version" npm@11
  install -D "$work/$1/node_modules/node-$platform/bin/node" "$2/usr/local/bin/node"
  install -m 644 "$work/$1/node_modules/node-$platform/LICENSE" "$2/usr/local/LICENSE" # where Node's own images have it
  mkdir -p "$2/usr/local/lib"
  cp -r "$work/$1/node_modules/npm" "$2/usr/local/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$2/usr/local/bin/npm"
  # A network with an authority of its own: only npm trusts it, while the bundle is built.
  if [[ -n ${NODE_EXTRA_CA_CERTS:-} ]]; then
    cp "$NODE_EXTRA_CA_CERTS" "$2/etc/ssl/certs/extra.crt"
    printf 'cafile=/etc/ssl/certs/extra.crt\n' >"$2/usr/local/lib/npm/npmrc"
  fi
}

for arch in "${@:-amd64}"; do
  unpack "$arch" "$work/run-$arch" "$run_packages"
  commit "$arch" "$work/run-$arch" "localhost/kubexray-run-base:$arch"
  unpack "$arch" "$work/build-$arch" "$run_packages,dash,coreutils"
  with_node "$arch" "$work/build-$arch"
  commit "$arch" "$work/build-$arch" "localhost/kubexray-build-base:$arch"
done
