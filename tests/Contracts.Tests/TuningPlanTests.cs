using System.Text.Json;

namespace ServerlessTuning.Contracts.Tests;

public sealed class TuningPlanTests
{
    [Fact]
    public void A_plan_of_an_earlier_version_trains_with_AdamW()
    {
        var plan = JsonSerializer.Deserialize<TrainingPlan>("""
            { "totalSteps": 9, "warmupSteps": 1, "learningRate": 0.001, "schedule": "cosine", "weightDecay": 0, "maxGradNorm": 1, "batchTokens": 512, "contextLength": 64,
              "microBatchRows": 8, "evaluateEverySteps": 5, "checkpointEverySteps": 5, "precision": "float32", "recompute": false }
            """, TuningJson.Options)!;

        Assert.Equal((OptimizerType.AdamW, 0), (plan.Optimizer, plan.DecaySteps));
    }
}
