using System.Security.Cryptography;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// <c>{run}/stages/{stage}.json</c>, written when everything a stage produces is in the storage: says from which inputs. A stage that finds the mark of the same
/// inputs has nothing to do; that is how a trainer that starts again after a crash goes on with the stage it was in.
/// </summary>
public sealed class StageMarks(IBlobStore store, WorkOrder order)
{
    private sealed record Mark(string Inputs);

    public async Task<bool> IsDone(Stage stage, LatestCheckpoint trained, CancellationToken cancellation) =>
        await store.ReadJson<Mark>(BlobPaths.Runs, Name(stage), cancellation) is { } mark && mark.Inputs == Inputs(trained);

    public Task Done(Stage stage, LatestCheckpoint trained, CancellationToken cancellation) =>
        store.WriteJson(BlobPaths.Runs, Name(stage), new Mark(Inputs(trained)), cancellation);

    private string Name(Stage stage) => $"{order.RunId}/stages/{JsonNamingPolicy.SnakeCaseLower.ConvertName(stage.ToString())}.json";

    /// <summary>Hash of the plan, the dataset and the trained weights' place; the attempt and its epoch do not matter.</summary>
    private string Inputs(LatestCheckpoint trained) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { order.Plan, order.Dataset, trained.Step, trained.Path }, TuningJson.Options)));
}
