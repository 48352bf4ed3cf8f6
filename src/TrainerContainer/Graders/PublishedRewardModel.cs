using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>A model with one number at its end, as the task <c>reward</c> publishes it.</summary>
public sealed class PublishedRewardModel : IRewardModel, IDisposable
{
    private readonly TextModel model;
    private readonly ModelText text;

    private PublishedRewardModel(TextModel model, ModelText text) => (this.model, this.text) = (model, text);

    /// <exception cref="BaseModelException">The folder holds no model that can be loaded.</exception>
    public static PublishedRewardModel Load(string folder)
    {
        var model = ModelFolder.Load(folder, ScalarType.Float32, trains: false, RunModels.BestDevice);
        return model is { Head: ClassifierHead, Config.Labels.Count: 1 } ? new(model, ModelText.Load(folder))
            : throw new RequestException($"reinforcement.grader: found a model of {model.Config.Architecture}, expected one with a single number. Train it with \"task\": \"reward\".");
    }

    public IReadOnlyList<double> Score(IReadOnlyList<IReadOnlyList<RewardTurn>> conversations, CancellationToken cancellationToken)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var texts = new TokenBatch(new(IsCausal: model.Config.Encoder is null, IsShifted: false));
        foreach (var ids in conversations.Select(Ids))
        {
            texts.Add(ids, [.. ids.Select(_ => -100)]);
        }

        using var batch = texts.Build(model.Compute, model.Device);
        return [.. ((ClassifierHead)model.Head).Logits(model.Hidden(batch.Input), batch.Input).flatten().cpu().data<float>().ToArray().Select(score => (double)score)];
    }

    public void Dispose() => model.Dispose();

    /// <summary>As preparation renders the answers of a preference dataset: by the chat template, or prompt and answer one behind the other. The end of a long conversation counts.</summary>
    private int[] Ids(IReadOnlyList<RewardTurn> turns)
    {
        var rendered = text.Template is { } template ? template.Render([.. turns.Select(turn => new ChatMessage(turn.Role, turn.Content))], addGenerationPrompt: false) : string.Concat(turns.Select(turn => turn.Content));
        var ids = text.Tokenizer.Encode(rendered);
        return [.. ids.Skip(Math.Max(0, ids.Count - model.Config.MaxPositionEmbeddings))];
    }
}
