#!/bin/bash
# shellcheck disable=SC2154 # the values stand above: BootScript writes them there
# The life of a trainer's machine. cloud-init runs this once, as root. The lines "name='value'" before it are written by the functions app.
# Every way out ends in the machine's deletion: by its run (seconds), by this script (minutes), by the sweeper.
set -u
exec > >(tee -a /var/log/tuning.log) 2>&1

imds() { curl -sf --noproxy '*' --retry 8 --retry-connrefused --max-time 10 -H Metadata:true "$@"; }
token() { imds "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&client_id=$client_id&resource=$1" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'; }

# put <blob name> <file> [header]: into the attempt's folder, as this machine's identity.
put() {
    curl -sf --retry 5 --max-time 120 -X PUT -H "Authorization: Bearer $(token https://storage.azure.com/)" -H 'x-ms-version: 2023-11-03' \
        -H 'x-ms-blob-type: BlockBlob' ${3:+-H "$3"} --data-binary "@$2" "${storage}runs/$run/attempts/$attempt/$1"
}

# last_word <exit code> <text without quotes>: what the run is told when the trainer itself said nothing.
last_word() {
    printf '{"epoch":%d,"exitCode":%d,"error":"%s"}' "$attempt" "$1" "$2" > /run/done.json
    put done.json /run/done.json 'If-None-Match: *'
}

# How long a machine that failed is there for a person to look at: never longer than its budget allows.
stay() {
    local longest=$((most_seconds - SECONDS)) seconds=$leave_seconds
    [ "$failed" = 0 ] || [ "$keep_seconds" -le "$seconds" ] || seconds=$((keep_seconds < longest ? keep_seconds : longest))
    echo $((seconds > leave_seconds ? seconds : leave_seconds))
}

leave() {
    put boot.txt /var/log/tuning.log
    sleep "$(stay)" # its run deletes this machine meanwhile, as a rule
    for try in 1 2 3 4 5; do
        curl -s --max-time 60 -X DELETE -H "Authorization: Bearer $(token "$resource_manager")" "${resource_manager%/}$machine?api-version=2024-07-01&forceDeletion=true"
        sleep $((try * 30))
    done
    poweroff # the last resort: what is switched off still costs, and the sweeper deletes it
}

driver() {
    local until=$((SECONDS + driver_seconds))
    until nvidia-smi -L; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 5
    done
}

pull() {
    local registry=${image%%/*} refresh
    for try in 1 2 3 4 5; do
        refresh=$(curl -sf --max-time 30 "https://$registry/oauth2/exchange" -d grant_type=access_token -d "service=$registry" --data-urlencode "access_token=$(token "$resource_manager")" |
            sed -n 's/.*"refresh_token":"\([^"]*\)".*/\1/p')
        echo "$refresh" | docker login "$registry" -u 00000000-0000-0000-0000-000000000000 --password-stdin && docker pull -q "$image" && return 0
        sleep $((try * 10))
    done
    return 1
}

# A spot machine is warned about 30 seconds before it is taken away, a deleted one as long as its terminate notification says.
watch_events() {
    while sleep 5; do
        events=$(imds "http://169.254.169.254/metadata/scheduledevents?api-version=2020-07-01") || continue
        case $events in *'"Preempt"'* | *'"Terminate"'*) echo "Azure takes this machine away: $events"; docker stop -t 25 trainer; return ;; esac
    done
}

failed=1
trap leave EXIT
driver || { last_word 50 "The GPU driver did not come up within $driver_seconds s; attempts/$attempt/boot.txt has the log. Does Tuning:Azure:MachineImage bring the driver for this size?"; exit; }
pull || { last_word 51 "The image $image could not be pulled; attempts/$attempt/boot.txt has the log. Is it in the registry, and may the trainers' identity pull (AcrPull)?"; exit; }
mkdir -p /mnt/work && chown 1654:1654 /mnt/work
docker run -d --name trainer --gpus all --read-only --tmpfs /tmp:size=1g -v /mnt/work:/work --cap-drop ALL --security-opt no-new-privileges \
    --pids-limit 4096 -e AZURE_CLIENT_ID="$client_id" -e Tuning__Storage="$storage" -e Tuning__Work=/work -e Tuning__Machine="$machine" \
    -e Tuning__ResourceManager="$resource_manager" "$image" run "$order" || { last_word 1 "The container could not be started; attempts/$attempt/boot.txt has the log."; exit; }
watch_events &
timeout "$most_seconds" docker wait trainer || docker stop -t 60 trainer
kill $! # nothing is left to be warned
code=$(docker inspect -f '{{.State.ExitCode}}' trainer)
echo "The trainer ended with exit code $code."
case $code in 0 | 30) failed=0 ;; esac
docker logs --tail 500 trainer > /run/trainer.txt 2>&1 && put container.txt /run/trainer.txt
if [ "$code" != 0 ]; then
    nvidia-smi -q > /run/gpu.txt && put gpu.txt /run/gpu.txt
    if [ "$(docker inspect -f '{{.State.OOMKilled}}' trainer)" = true ]; then last_word 20 "The machine's memory ran out."; else last_word 1 "The trainer ended with exit code $code and no last word; attempts/$attempt/container.txt has its output."; fi
fi
