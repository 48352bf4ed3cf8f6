#!/bin/sh
# Builds the trainer's image in the registry itself: no Docker is needed here. The tag is fixed, so that runs in flight keep what they started with.
set -eu
image="trainer:$TRAINER_TAG"
if az acr repository show --name "$AZURE_CONTAINER_REGISTRY_NAME" --image "$image" >/dev/null 2>&1; then
    echo "$image is in the registry already."
else
    az acr build --registry "$AZURE_CONTAINER_REGISTRY_NAME" --image "$image" --file src/TrainerContainer/Dockerfile --platform linux/amd64 --timeout 7200 .
fi
