using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Recipes;

/// <summary>The work order that pretrains a sample model: what a plan would hold, with the values that this recipe has chosen.</summary>
public static class PretrainingOrder
{
    public const string RunId = "pretraining";
    /// <param name="reportFile">The dataset's report.json.</param>
    /// <param name="steps">Optimizer steps of 8,192 tokens.</param>
    public static void Write(string model, string reportFile, string orderFile, int steps)
    {
        const int BatchTokens = 8192;
        var report = JsonSerializer.Deserialize<DatasetReport>(File.ReadAllText(reportFile), TuningJson.Options)!;
        var rate = report.Task == TuningTask.MaskedLanguage ? 1e-3 : 3e-3; // norms behind the sums bear less
        var training = new TrainingPlan(
            steps, WarmupSteps: steps / 16, rate, ScheduleType.Cosine, WeightDecay: 0.1, MaxGradNorm: 1, BatchTokens, report.ContextLength, MicroBatchRows: 16,
            EvaluateEverySteps: 200, CheckpointEverySteps: 100, Precision.Bfloat16, Recompute: false, SequencesPerExample: report.SequencesPerExample);
        var plan = new TuningPlan(model, model, report.Task, null, FromScratch: true, training, new GateRequest(), null, 42, []);
        Directory.CreateDirectory(Path.GetDirectoryName(orderFile)!);
        File.WriteAllText(orderFile, JsonSerializer.Serialize(new WorkOrder(RunId, 1, 1, plan, report, [Stage.Train, Stage.Export]), TuningJson.Options));
    }
}
