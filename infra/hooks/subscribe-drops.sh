#!/bin/sh
# Feeds the blob trigger by Event Grid. The app's key for that is read here, used, and stored nowhere. Safe to run again: the subscriptions are updated.
set -eu
key=
for try in 1 2 3 4 5 6; do # the app makes the key when its host first runs; until then the command finds none or fails
    key=$(az functionapp keys list --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_NAME" --query "systemKeys.blobs_extension" --output tsv) && [ -n "$key" ] && break
    [ "$try" = 6 ] || sleep 15
done
if [ -z "$key" ]; then
    echo "The app has no key blobs_extension yet: its functions have not been indexed. Wait a minute, then run: azd hooks run postdeploy" >&2
    exit 1
fi

subscribe() { # name, function, what the subject begins with, what it ends with
    az eventgrid system-topic event-subscription create --resource-group "$AZURE_RESOURCE_GROUP" --system-topic-name "$AZURE_EVENT_GRID_TOPIC_NAME" --name "$1" \
        --endpoint-type webhook --endpoint "https://$AZURE_FUNCTION_HOST/runtime/webhooks/blobs?functionName=Host.Functions.$2&code=$key" \
        --included-event-types Microsoft.Storage.BlobCreated --subject-begins-with "$3" --subject-ends-with "$4" --output none
}

subscribe drops DatasetDroppedEvent /blobServices/default/containers/datasets/ ""
subscribe last-words TrainerFinishedEvent /blobServices/default/containers/runs/ /done.json
