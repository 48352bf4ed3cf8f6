#!/usr/bin/env bash
# Makes the small models of the other tasks anew, with this project's own trainer: sample-encoder (hidden tokens) and sample-translator (gaps in texts).
# Run it again after an interruption and it goes on from the last checkpoint.
#
#   samples/models/make-small-models.sh encoder       half an hour on one core
#   samples/models/make-small-models.sh translator    half an hour on one core
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

recipes() { dotnet artifacts/embedded/bin/Recipes/release/ServerlessTuning.Recipes.dll "$@"; }

case ${1:-} in
    encoder) name=sample-encoder task=masked_language context=256 steps=1200 ;;
    translator) name=sample-translator task=sequence_to_sequence context=512 steps=800 ;;
    *) die "usage: $0 encoder|translator" ;;
esac
corpus=$PWD/.tuning/sample-base/corpus
work=$PWD/.tuning/$name
storage=$work/storage
run=$storage/runs/pretraining
model=$PWD/samples/models/$name

setup
build local.slnf
build samples/recipes
if [ ! -f "$run/dataset/report.json" ]; then
    samples/collect-sources.sh
    samples/collect-mails.sh
    recipes corpus "$PWD/.tuning/sample-base/sources" "$corpus"
    if [ "$1" = encoder ]; then recipes encoder "$corpus" .tuning/mails/package "$work/text" "$model"; else recipes translator "$corpus" "$work/text" "$model"; fi
    mkdir -p "$storage/models/$name/base" "$run"
    cp "$model"/*.json "$storage/models/$name/base/" # no weights: the trainer starts from random ones
    dotnet artifacts/embedded/bin/Cli/release/tuning.dll prepare "$work/text/train.jsonl" --valid "$work/text/valid.jsonl" --test "$work/text/test.jsonl" \
        --base "$model" --out "$run/dataset" --context "$context" --task "$task"
    recipes order "$name" "$run/dataset/report.json" "$run/attempts/1/order.json" "$steps"
fi
Tuning__Storage="file://$storage" Tuning__Work="$work/trainer" \
    dotnet artifacts/embedded/bin/TrainerContainer/release/ServerlessTuning.Trainer.dll run pretraining/attempts/1/order.json
cp "$run/artifacts/merged/model.safetensors" "$model/"
say "the weights are in $model/model.safetensors"
