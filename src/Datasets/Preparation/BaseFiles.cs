using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>What preparation needs of the base model: its tokenizer, its chat template and how far it can look back. No weights.</summary>
public sealed record BaseFiles(string? Config, string? Tokenizer, string? TokenizerConfig, string? ChatTemplate)
{
    /// <summary>Used when the request leaves the context length open and the model could look back further: memory grows with it, and few examples are longer.</summary>
    public const int DefaultContextLength = 2048;

    /// <summary>Used when config.json does not say how far the model can look back.</summary>
    private const int UnknownPositions = 2048;

    public static async Task<BaseFiles> ReadAsync(IPreparationStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new(
            await store.ReadBaseAsync("config.json", cancellation),
            await store.ReadBaseAsync("tokenizer.json", cancellation),
            await store.ReadBaseAsync("tokenizer_config.json", cancellation),
            await store.ReadBaseAsync("chat_template.jinja", cancellation) ?? await store.ReadBaseAsync("chat_template.json", cancellation));
    }

    /// <summary>The asked length, or the model's up to <see cref="DefaultContextLength"/>; a problem when the model cannot look back so far.</summary>
    public int ContextLength(int? asked, ICollection<DatasetProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        var positions = Positions(problems);
        if (asked > positions)
        {
            problems.Add(new("tuning.json", null, "hyperparameters.contextLength", $"{asked}", $"at most {positions}, which the base model's max_position_embeddings allows",
                "Lower it, leave it out, or use another base model."));
        }

        return asked ?? Math.Min(positions, DefaultContextLength);
    }

    /// <summary>What config.json says of the model; null, with a problem, when it cannot be read.</summary>
    public ModelConfig? Model(ICollection<DatasetProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        try
        {
            return Config is null ? null : ModelConfig.Parse(Config);
        }
        catch (ModelConfigException error)
        {
            problems.Add(new("config.json", null, error.Field, error.Message, "a model that this version can train", "Choose another base model."));
        }
        catch (JsonException)
        {
            // said already, by the context length
        }

        return null;
    }

    private int Positions(ICollection<DatasetProblem> problems)
    {
        if (Config is null)
        {
            problems.Add(new("config.json", null, null, "no config.json in the base model's folder", "a model in Hugging Face layout", "Upload the model's folder as it is, or name another base model."));
            return UnknownPositions;
        }

        try
        {
            using var config = JsonDocument.Parse(Config);
            foreach (var name in new[] { "max_position_embeddings", "n_positions" })
            {
                if (config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty(name, out var value) && value.TryGetInt32(out var positions))
                {
                    return positions;
                }
            }
        }
        catch (JsonException error)
        {
            problems.Add(new("config.json", error.LineNumber + 1, null, "text that is not JSON", "a model in Hugging Face layout", "Upload the model's config.json again."));
        }

        return UnknownPositions;
    }
}
