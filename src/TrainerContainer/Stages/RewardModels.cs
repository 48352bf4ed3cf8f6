using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Graders;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>The published reward models that a plan's grader asks: their latest versions, brought into the work folder before training starts.</summary>
public static class RewardModels
{
    public static async Task Download(IBlobStore store, TuningPlan plan, WorkFolder work, CancellationToken cancellation)
    {
        foreach (var model in Names(plan))
        {
            var alias = await store.ReadJson<ModelAlias>(BlobPaths.Models, BlobPaths.Alias(model, "latest"), cancellation)
                ?? throw new RequestException($"reinforcement.grader: found no published version of the model \"{model}\", expected a reward model. Publish one first, with \"task\": \"reward\".");
            await Downloads.Folder(store, BlobPaths.Models, $"{BlobPaths.Version(model, alias.Version)}merged/", work.RewardModel(model), cancellation);
        }
    }

    public static GraderResources In(WorkFolder work) => GraderResources.OfProcess with
    {
        RewardModels = model => Directory.Exists(work.RewardModel(model)) ? PublishedRewardModel.Load(work.RewardModel(model)) : null,
    };

    private static IEnumerable<string> Names(TuningPlan plan) =>
        plan.Reinforcement is { } reinforcement ? GraderRequest.Parse(reinforcement.Grader, "reinforcement.grader").Request?.Models.Distinct() ?? [] : [];
}
