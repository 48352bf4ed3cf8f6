using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary>
/// <c>metrics.jsonl</c> of the whole run, over all its attempts. What an earlier attempt wrote after the checkpoint that training goes on from is
/// dropped, because those steps are done again: every step stands there once.
/// </summary>
public sealed class MetricsLog
{
    private readonly StringBuilder text = new();
    private readonly MetricsTable table = new();
    private readonly Lock gate = new();

    /// <summary>Grows with every line.</summary>
    public long Lines { get; private set; }

    /// <summary>Takes over an earlier attempt's lines up to and including a step; a last line that was cut is dropped.</summary>
    public void Continue(ReadOnlySpan<byte> earlier, int upToStep)
    {
        foreach (var line in Encoding.UTF8.GetString(earlier).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Read(line) is { } metrics && metrics.Step <= upToStep)
            {
                Append(line, metrics);
                Watch.See(metrics);
                Best.See(metrics);
            }
        }
    }

    /// <summary>What the lines tell of.</summary>
    public TrainingWatch Watch { get; } = new();

    public BestValidation Best { get; } = new();

    public void Add(StepMetrics metrics)
    {
        Append(JsonSerializer.Serialize(metrics, TuningJson.Options), metrics);
        Watch.See(metrics);
        Best.See(metrics);
    }

    public byte[] ToUtf8()
    {
        lock (gate)
        {
            return Encoding.UTF8.GetBytes(text.ToString());
        }
    }

    /// <summary>The same as <c>metrics.csv</c>.</summary>
    public byte[] ToTable()
    {
        lock (gate)
        {
            return table.ToUtf8();
        }
    }

    private void Append(string line, StepMetrics metrics)
    {
        lock (gate)
        {
            text.Append(line).Append('\n');
            table.Add(metrics);
            Lines++;
        }
    }

    private static StepMetrics? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<StepMetrics>(line, TuningJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
