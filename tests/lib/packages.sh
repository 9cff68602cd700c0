# Sourced by tests/run and tests/quickstart: installs what they need with the
# package manager that is there.

# As root, or through sudo where we are not root.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "need root (or sudo) for: $*" >&2
    return 1
  fi
}

# The Debian packages among the arguments that are not installed.
debian_missing() {
  for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
      grep -qx installed || echo "$package"
  done
}

debian_install() {
  missing=$(debian_missing "$@")
  [ -n "$missing" ] || return 0
  as_root apt-get update -qq
  # shellcheck disable=SC2086 # a list
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing
}

# What it takes to build posthaste.
install_build_packages() {
  if command -v apt-get >/dev/null; then
    debian_install gcc libc6-dev meson ninja-build pkg-config \
      libgnutls28-dev libgsasl-dev libidn2-dev ca-certificates
  elif command -v dnf >/dev/null; then
    as_root dnf install -y gcc meson ninja-build pkgconf-pkg-config \
      gnutls-devel libgsasl-devel libidn2-devel ca-certificates
  elif command -v apk >/dev/null; then
    as_root apk add gcc musl-dev linux-headers meson samurai pkgconf \
      gnutls-dev gsasl-dev libidn2-dev ca-certificates
  elif command -v pacman >/dev/null; then
    as_root pacman -S --needed --noconfirm gcc meson ninja pkgconf gnutls \
      gsasl libidn2 ca-certificates
  elif command -v zypper >/dev/null; then
    as_root zypper --non-interactive install gcc meson ninja pkgconf-pkg-config \
      libgnutls-devel libgsasl-devel libidn2-devel ca-certificates
  else
    echo 'no apt-get, dnf, apk, pacman or zypper here: install a C compiler,' \
      'meson, ninja, pkg-config and the development files of GnuTLS,' \
      'libgsasl and libidn2 by hand' >&2
  fi
}
