using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>How well a model foresees a held-out split.</summary>
/// <param name="Text">Over the supervised tokens that are text.</param>
/// <param name="Boundaries">Over the supervised tokens that are special: the end of a turn or of a document.</param>
/// <param name="TextBytes">UTF-8 bytes that the text tokens stand for.</param>
public sealed record HeldOutScore(TokenScore Text, TokenScore Boundaries, long TextBytes)
{
    /// <summary>Over all supervised tokens.</summary>
    public TokenScore All => Text + Boundaries;

    /// <summary>All of the loss, that of the boundaries too, in bits per byte of text.</summary>
    public double BitsPerByte => All.Sum / Math.Log(2) / Math.Max(1, TextBytes);

    /// <param name="tokensAtOnce">Tokens of a batch; changes memory and speed, not the result.</param>
    /// <param name="advance">Told after each batch how many of the split's sequences are done.</param>
    public static HeldOutScore Measure(TextModel model, TokenSplit split, ModelTokenizer tokenizer, int tokensAtOnce, Action<int>? advance = null, CancellationToken stop = default)
    {
        using var nothing = no_grad();
        var score = new HeldOutScore(default, default, 0);
        var done = 0;
        foreach (var sequences in HeldOutBatches.Of(split.Lengths, tokensAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            score = score.Plus(MeasureBatch(model, split, sequences, tokenizer));
            advance?.Invoke(done += sequences.Count);
        }

        return score;
    }

    public ModelScore ToModelScore(TuningTask task, double? chrf) => new(
        All.Mean, Math.Exp(All.Mean), Text.Tokens > 0 ? Math.Exp(Text.Mean) : null, All.Accuracy, chrf,
        task == TuningTask.Pretraining && TextBytes > 0 ? BitsPerByte : null);

    private HeldOutScore Plus(HeldOutScore other) => new(Text + other.Text, Boundaries + other.Boundaries, TextBytes + other.TextBytes);

    private static HeldOutScore MeasureBatch(TextModel model, TokenSplit split, List<int> sequences, ModelTokenizer tokenizer)
    {
        using var scope = NewDisposeScope();
        using var batch = TokenBatch.Of(split, sequences, model.Compute, model.Device);
        if (batch.SupervisedTokens == 0)
        {
            return new(default, default, 0);
        }

        var hidden = model.Hidden(batch.Input).index_select(0, batch.Predicting);   // (M, C)
        long[] targets = [.. batch.Targets.cpu().data<long>()];
        var (text, boundaries) = (new List<long>(), new List<long>());
        for (var i = 0; i < targets.Length; i++)
        {
            (tokenizer.IsSpecial((int)targets[i]) ? boundaries : text).Add(i);
        }

        return new(Part(text), Part(boundaries), text.Sum(i => (long)tokenizer.BytesOf((int)targets[i]).Length));

        TokenScore Part(List<long> rows)
        {
            if (rows.Count == 0)
            {
                return default;
            }

            var index = tensor(rows.ToArray(), dtype: ScalarType.Int64, device: hidden.device);
            return TokenLoss.Measure(model.Language, hidden.index_select(0, index), batch.Targets.index_select(0, index));
        }
    }
}
