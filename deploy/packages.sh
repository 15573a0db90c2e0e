# shellcheck shell=bash disable=SC2034 # the lists are for those who source this
# packages: what the project needs of Debian 12, and how it gets there. Sourced by deploy/up and tests/run.
#
# Lists: PACKAGES_BUILD compile it, PACKAGES_RUN are used while it runs, PACKAGES_TEST by the tests.
# packages_install NAME…: installs those that are missing and starts no service; it takes no time and no network
# when all are there. Errors: status 1 after saying what is missing.
# packages_node: the same for node (18 or newer) and npm, which build the pages; one that came from elsewhere than
# Debian is as good.

PACKAGES_BUILD=(
	build-essential pkg-config meson ninja-build python3 python3-protobuf
	protobuf-compiler libprotobuf-dev protobuf-c-compiler libprotobuf-c-dev
	libevent-dev libnghttp2-dev libssl-dev libhiredis-dev libjansson-dev libinih-dev zlib1g-dev libdeflate-dev libzstd-dev libsystemd-dev libcurl4-openssl-dev
	node-llhttp
)
PACKAGES_RUN=(redis-server ca-certificates curl)
PACKAGES_TEST=(
	libcmocka-dev clang-format shellcheck openssl procps git
	python3-grpcio python3-hpack nghttp2-client
	iproute2 # a network of a test's own
	prometheus # promtool
	chromium fonts-noto-cjk
)

packages_missing() {
	local name
	declare -A there=()
	while read -r name; do
		there[$name]=1
	done < <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
	for name in "$@"; do
		[[ -n ${there[$name]:-} ]] || echo "$name"
	done
}

# Debian starts a service as soon as its package is there. We bring our own redis-server up, so a second one on the
# usual port would only be in the way.
packages_apt() (
	policy=/usr/sbin/policy-rc.d
	if [[ ! -e $policy ]]; then
		trap 'rm -f "$policy"' EXIT
		trap 'exit 130' INT TERM
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update || echo "apt-get update failed; going on with the lists that are there" >&2
	if ! said=$(apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" 2>&1); then
		tail -n 20 <<<"$said" >&2
		exit 1
	fi
	for name in "$@"; do
		# Nor at the next boot; one that was here before is not among the names.
		case $name in
		redis-server | prometheus)
			DPKG_MAINTSCRIPT_PACKAGE=$name deb-systemd-helper disable "$name.service" || true
			update-rc.d "$name" disable || true
			;;
		esac
	done
)

packages_install() {
	local missing
	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]} == 0)) && return 0
	if [[ $(id -u) != 0 ]]; then
		echo "These packages are missing; as root: apt-get install ${missing[*]}" >&2
		return 1
	fi
	echo "Installing ${missing[*]}"
	packages_apt "${missing[@]}"
}

packages_node() {
	local major
	major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
	if ((major < 18)) || ! command -v npm >/dev/null; then
		packages_install nodejs npm || return 1
	fi
}
