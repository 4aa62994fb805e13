#!/bin/sh
# Installs the packages of the lab machine, unless the base holds all of them already.
set -eu

here=$(dirname "$0")
export DEBIAN_FRONTEND=noninteractive

missing=
while read -r package; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done <"$here/packages.txt"

if [ -n "$missing" ]; then
    # Nothing may be started while an image is built.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    apt-get update
    # shellcheck disable=SC2086 # a list of words
    apt-get install --yes --no-install-recommends $missing
    rm -f /usr/sbin/policy-rc.d
fi
