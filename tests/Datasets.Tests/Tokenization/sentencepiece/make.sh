#!/usr/bin/env bash
# Makes the models and what SentencePiece itself says of some lines: needs Debian's sentencepiece. Text: the sample dataset (public domain).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
text=$(mktemp)
python3 -c '
import json
for line in open("../../../../samples/datasets/verses/train.jsonl"):
    for message in json.loads(line)["messages"]: print(message["content"])' >"$text"
spm_train --input="$text" --model_prefix=unigram --vocab_size=400 --model_type=unigram --normalization_rule_name=nmt_nfkc --minloglevel=2
spm_train --input="$text" --model_prefix=bpe --vocab_size=600 --model_type=bpe --byte_fallback=true --normalization_rule_name=identity --remove_extra_whitespaces=false \
    --character_coverage=0.99 --split_digits=true --minloglevel=2
for model in unigram bpe; do spm_encode --model="$model.model" --output_format=id <lines.txt >"$model.ids"; done
rm -f ./*.vocab "$text"
