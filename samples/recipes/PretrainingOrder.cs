using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Recipes;

/// <summary>The work order that pretrains the sample base: what a plan would hold, with the values that this recipe has chosen.</summary>
public static class PretrainingOrder
{
    public const string RunId = "pretraining";
    private const int Context = 512, BatchTokens = 8192;

    /// <param name="reportFile">The dataset's report.json.</param>
    /// <param name="steps">Optimizer steps of 8,192 tokens.</param>
    public static void Write(string reportFile, string orderFile, int steps)
    {
        var report = JsonSerializer.Deserialize<DatasetReport>(File.ReadAllText(reportFile), TuningJson.Options)!;
        var training = new TrainingPlan(
            steps, WarmupSteps: steps / 16, LearningRate: 3e-3, ScheduleType.Cosine, WeightDecay: 0.1, MaxGradNorm: 1, BatchTokens, Context, MicroBatchRows: 16,
            EvaluateEverySteps: 200, CheckpointEverySteps: 100, Precision.Bfloat16, Recompute: false);
        var plan = new TuningPlan("sample-base", "sample-base", TuningTask.Pretraining, null, FromScratch: true, training, new GateRequest(), null, 42, []);
        Directory.CreateDirectory(Path.GetDirectoryName(orderFile)!);
        File.WriteAllText(orderFile, JsonSerializer.Serialize(new WorkOrder(RunId, 1, 1, plan, report, [Stage.Train, Stage.Export]), TuningJson.Options));
    }
}
