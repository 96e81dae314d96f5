#!/usr/bin/env bash
# make-base-image.sh NODE TAR [PACKAGE...]: makes what stands in for the official slim image of Node where none can be pulled: the
# packages that a Debian of this machine's release cannot do without, unpacked, with NODE, npm of the registry, and
# the certificates and registry of this machine. TAR is a root file system for `docker import`.
set -euo pipefail
node=$1
tar=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Against an empty list of installed packages apt names all that these need. Perl and ldd are in every Debian, too.
packages=(base-files base-passwd bash coreutils dash debianutils findutils grep gzip libc-bin libstdc++6 perl-base sed tar
  util-linux "$@")
mkdir -p "$work/archives/partial" "$work/root"/{tmp,proc,etc/ssl/certs,usr/{bin,sbin,lib,lib64,local/{bin,etc,lib/node_modules}}}
: >"$work/status"
[[ -n $(apt-cache pkgnames 2>/dev/null | head -n 1) ]] || apt-get update -q
apt-get -y -qq --no-install-recommends --download-only -o Debug::NoLocking=true -o APT::Sandbox::User=root \
  -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/archives" install "${packages[@]}" >&2

cd "$work/root"
chmod 1777 tmp
for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$directory"; done
for archive in "$work"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$archive" | tar -x --keep-directory-symlink --exclude='./usr/share/doc/*' \
    --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/info/*'
done
for list in passwd group; do cp "usr/share/base-passwd/$list.master" "etc/$list"; done

cp "$node" usr/local/bin/node
archive=$(cd "$work" && npm pack --silent npm@11)
mkdir usr/local/lib/node_modules/npm
tar -xzf "$work/$archive" -C usr/local/lib/node_modules/npm --strip-components=1
ln -s ../lib/node_modules/npm/bin/npm-cli.js usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js usr/local/bin/npx
echo "registry=$(npm config get registry)" >usr/local/etc/npmrc
certificates=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
if [[ -r $certificates ]]; then cp "$certificates" etc/ssl/certs/ca-certificates.crt; fi

tar -c --numeric-owner -f "$work/base.tar" .
mkdir -p "$(dirname "$tar")"
mv "$work/base.tar" "$tar"
