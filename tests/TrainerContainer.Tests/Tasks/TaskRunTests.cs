using System.Text;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Tests.Stages;

namespace ServerlessTuning.Trainer.Tests.Tasks;

/// <summary>Every task from a prepared dataset to a read-back export, with an adapter and with all weights.</summary>
public sealed class TaskRunTests
{
    public static TheoryData<string, bool> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool>();
            foreach (var name in PreparedTask.Names)
            {
                runs.Add(name, true);
                runs.Add(name, false);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_whole_run_learns_and_exports_what_it_learned(string name, bool lora)
    {
        var task = await PreparedTask.Of(name);
        var order = task.Order(lora, steps: 40);
        if (!lora && order.Plan.Reinforcement is { Beta: > 0 })
        {
            return; // the planner refuses it: without an adapter the base is not at hand
        }

        await using var run = await TinyRun.Create(order, baseFolder: task.Work.Base);
        await run.Store.UploadFolder(BlobPaths.Runs, BlobPaths.Dataset(TinyRun.Id), task.Work.Dataset, default);

        var exit = await run.RunHere();

        Assert.True(exit == ExitCodes.Done, run.Output.ToString());
        var report = await run.Read<EvaluationReport>(BlobPaths.Evaluation(TinyRun.Id));
        if (task.Task == TuningTask.Reinforcement)
        {
            // An adapter of a random body moves little in so few steps; the sample run shows it learn.
            double[] rewards = [.. (await run.Metrics()).Where(step => step.Loss is not null).Select(step => step.Details!["reward"])];
            Assert.True(lora || rewards[^10..].Average() > rewards[..10].Average(), string.Join(' ', rewards));
        }
        else
        {
            Assert.True(report.Tuned.Loss < report.Base.Loss, $"{report.Base.Loss} -> {report.Tuned.Loss}");
        }

        var architecture = JsonNode.Parse(await run.Bytes("artifacts/merged/config.json"))!["architectures"]?[0]?.GetValue<string>() ?? "";
        Assert.Equal(task.Task is TuningTask.Classification or TuningTask.Reward, architecture.EndsWith("ForSequenceClassification", StringComparison.Ordinal));
        Assert.Equal(task.Task == TuningTask.TokenClassification, architecture.EndsWith("ForTokenClassification", StringComparison.Ordinal));
        Assert.Contains("\"loss\"", Encoding.UTF8.GetString(await run.Bytes("metrics.jsonl")));
    }
}
