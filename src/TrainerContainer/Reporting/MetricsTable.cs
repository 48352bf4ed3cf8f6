using System.Globalization;
using System.Text;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary><c>metrics.csv</c>: a row a step, with the columns of OpenAI's result files, so that what draws those draws ours. A cell without a value is empty.</summary>
public sealed class MetricsTable
{
    private const string Columns = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy";
    private readonly List<StepMetrics> rows = [];

    /// <summary>A validation comes after its step and goes into the same row.</summary>
    public void Add(StepMetrics metrics)
    {
        if (rows is [.., var last] && last.Step == metrics.Step)
        {
            rows[^1] = last with
            {
                Loss = metrics.Loss ?? last.Loss,
                TrainAccuracy = metrics.TrainAccuracy ?? last.TrainAccuracy,
                ValidationLoss = metrics.ValidationLoss ?? last.ValidationLoss,
                ValidationAccuracy = metrics.ValidationAccuracy ?? last.ValidationAccuracy,
            };
        }
        else
        {
            rows.Add(metrics);
        }
    }

    public byte[] ToUtf8()
    {
        var text = new StringBuilder(Columns).Append('\n');
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Step},{Cell(row.Loss)},{Cell(row.TrainAccuracy)},{Cell(row.ValidationLoss)},{Cell(row.ValidationAccuracy)}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Six digits after the point.</summary>
    private static string Cell(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";
}
