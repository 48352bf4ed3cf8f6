#!/usr/bin/env bash
# Makes samples/models/sample-base anew: collects the text, trains the vocabulary, prepares token shards, pretrains with this project's own trainer.
# Run it again after an interruption and it goes on from the last checkpoint.
#
#   samples/models/make-sample-base.sh            everything; about an hour on one core
#   samples/models/make-sample-base.sh prepare    everything but the training
#   STEPS=8000 samples/models/make-sample-base.sh another number of steps of 8,192 tokens (default 1600)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

steps=${STEPS:-1600}
work=$PWD/.tuning/sample-base
sources=$work/sources # samples/collect-sources.sh fills it
storage=$work/storage
model=$PWD/samples/models/sample-base
run=$storage/runs/pretraining

recipes() { dotnet artifacts/embedded/bin/Recipes/release/ServerlessTuning.Recipes.dll "$@"; }

prepare() {
    say "writing the corpus and the vocabulary"
    recipes corpus "$sources" "$work/corpus"
    recipes tokenizer "$work/corpus" "$model"
    mkdir -p "$storage/models/sample-base/base" "$run"
    cp "$model"/*.json "$storage/models/sample-base/base/" # no weights: the trainer starts from random ones
    say "preparing the token shards"
    dotnet artifacts/embedded/bin/Cli/release/tuning.dll prepare "$work/corpus/train.jsonl" --valid "$work/corpus/valid.jsonl" --test "$work/corpus/test.jsonl" \
        --base "$model" --out "$run/dataset" --context 512 --task pretraining
    recipes order sample-base "$run/dataset/report.json" "$run/attempts/1/order.json" "$steps"
}

train() {
    say "pretraining for $steps steps; the log is in $run"
    Tuning__Storage="file://$storage" Tuning__Work="$work/trainer" \
        nice -n 10 dotnet artifacts/embedded/bin/TrainerContainer/release/ServerlessTuning.Trainer.dll run pretraining/attempts/1/order.json
    cp "$run/artifacts/merged/model.safetensors" "$model/"
    say "the weights are in $model/model.safetensors"
}

setup
build local.slnf
build samples/recipes
if [ ! -f "$run/dataset/report.json" ]; then
    samples/collect-sources.sh
    prepare
fi
[ "${1:-}" = prepare ] || train
