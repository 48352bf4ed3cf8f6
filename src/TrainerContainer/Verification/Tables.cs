using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models.Families;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Tables of numbers that a formula must give: told apart by what their rows hold.</summary>
internal static partial class Tables
{
    public static Deviation Check(ReferenceCase reference) => reference.Json("expected") switch
    {
        JsonObject buckets => Buckets(buckets),
        JsonArray rows when rows[0]!["inv_freq"] is not null => All(rows, row => Frequencies(reference, row)),
        JsonArray rows when rows[0]!["multiplier_at_step"] is not null => All(rows, row => Multipliers(reference, row)),
        _ => throw new RequestException($"case {reference.Id}: found a table of an unknown kind, expected relative positions, inverse frequencies or learning rates."),
    };

    private static Deviation All(JsonArray rows, Func<JsonObject, Deviation> check) => rows.Aggregate(Deviation.None, (worst, row) => worst.Or(check(row!.AsObject())));

    /// <summary>Columns such as <c>buckets_num32_max128_causal</c> beside the distances.</summary>
    private static Deviation Buckets(JsonObject table)
    {
        int[] distances = Ints(table.Single(column => BucketColumn().Match(column.Key) is { Success: false }).Value!);
        return table.Where(column => BucketColumn().IsMatch(column.Key)).Aggregate(Deviation.None, (worst, column) =>
        {
            var name = BucketColumn().Match(column.Key);
            var (count, longest, isBidirectional) = (Number(name.Groups[1].Value), Number(name.Groups[2].Value), name.Groups[3].Value == "bidirectional");
            var own = distances.Select(distance => RelativeBias.Bucket(distance, isBidirectional, count, longest));
            return worst.Or(Deviation.Exact(own.SequenceEqual(Ints(column.Value!)), column.Key));
        });
    }

    private static Deviation Frequencies(ReferenceCase reference, JsonObject row)
    {
        var (headDim, config) = (row["head_dim"]!.GetValue<int>(), row["config"]!.AsObject());
        var whole = new JsonObject { ["model_type"] = "llama", ["num_hidden_layers"] = 1, ["head_dim"] = headDim };
        foreach (var (key, value) in config)
        {
            whole[key] = value?.DeepClone();
        }

        var rope = ModelConfig.Parse(whole.ToJsonString()).Decoder!.Rope;
        var own = rope.InverseFrequencies(headDim, row["seq_len"]?.GetValue<int>() ?? 1);
        double[] expected = [.. row["inv_freq"]!.AsArray().Select(value => value!.GetValue<double>())];
        var name = row["name"]!.GetValue<string>();
        var worst = Deviation.Exact(own.Length == expected.Length, $"{name}: number of frequencies")
            .Or(Deviation.Of($"{name}: attention scaling", row["attention_scaling"]?.GetValue<double>() ?? 1, rope.AttentionScaling, (1e-6, 0)));
        return own.Zip(expected).Aggregate(worst, (sofar, pair) => sofar.Or(Deviation.Of(name, pair.Second, pair.First, reference.Tolerance())));
    }

    private static Deviation Multipliers(ReferenceCase reference, JsonObject row)
    {
        var (warmup, total) = (row["warmup_steps"]!.GetValue<int>(), row["training_steps"]!.GetValue<int>());
        return row["multiplier_at_step"]!.AsObject().Aggregate(Deviation.None, (worst, column) =>
        {
            var schedule = ScheduleOf(column.Key, warmup, total);
            return column.Value!.AsArray().Index().Aggregate(worst, (sofar, item) =>
                sofar.Or(Deviation.Of($"{column.Key}, step {item.Index} of {total}", item.Item!.GetValue<double>(), schedule.At(item.Index), reference.Tolerance())));
        });
    }

    /// <param name="name">As <c>polynomial(power=2,lr_end=1e-7,lr=1e-3)</c>.</param>
    private static Schedule ScheduleOf(string name, int warmup, int total)
    {
        var arguments = Argument().Matches(name).ToDictionary(match => match.Groups[1].Value, match => double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        double Given(string key, double otherwise) => arguments.GetValueOrDefault(key, otherwise);
        return name.Split('(')[0] switch
        {
            "linear" => new(ScheduleType.Linear, warmup, total),
            "cosine" => new(ScheduleType.Cosine, warmup, total, Cycles: 1),
            "constant_with_warmup" or "constant" => new(ScheduleType.Constant, warmup, total),
            "cosine_with_restarts" => new(ScheduleType.Cosine, warmup, total, Cycles: (int)Given("num_cycles", 1)),
            "cosine_with_min_lr" => new(ScheduleType.Cosine, warmup, total, EndShare: Given("min_lr_rate", Given("min_lr", 0) / Given("lr", 1))),
            "polynomial" => new(ScheduleType.Linear, warmup, total, EndShare: Given("lr_end", 1e-7) / Given("lr", 1), Power: Given("power", 1)),
            "inverse_sqrt" => new(ScheduleType.InverseSqrt, warmup, total),
            _ => throw new RequestException($"found schedule '{name}', expected linear, cosine, constant_with_warmup, cosine_with_restarts, cosine_with_min_lr, polynomial or inverse_sqrt."),
        };
    }

    private static int[] Ints(JsonNode values) => [.. values.AsArray().Select(value => value!.GetValue<int>())];

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^buckets_num(\d+)_max(\d+)_(bidirectional|causal)$")]
    private static partial Regex BucketColumn();

    [GeneratedRegex(@"(\w+)=([0-9.eE+-]+)")]
    private static partial Regex Argument();
}
