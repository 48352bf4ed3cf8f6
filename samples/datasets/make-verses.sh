#!/usr/bin/env bash
# Makes samples/datasets/verses anew from Debian's Bible packages. The same packages give the same files, byte for byte.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

mkdir -p .tuning
need_dotnet
need_apt bible-kjv bible-kjv-text libsword-utils sword-text-web
build samples/recipes
dotnet artifacts/embedded/bin/Recipes/release/ServerlessTuning.Recipes.dll verses samples/datasets/verses
