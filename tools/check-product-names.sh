#!/usr/bin/env bash
# Product code says nothing of src/Embedded: no file outside it may name one of its namespaces, or branch on the stack.
set -u
cd "$(dirname "$0")/.." || exit 2
named=$(git grep -nE 'ServerlessTuning\.Embedded|using Embedded' -- 'src/**/*.cs' ':!src/Embedded' || true)
branched=$(git grep -nE '^\s*#(if|elif)\b' -- 'src/**/*.cs' ':!src/Embedded' || true)
[ -z "$named$branched" ] && exit 0
printf '%s\n' "$named" "$branched"
exit 1
