using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Models.Families;
using ServerlessTuning.Trainer.Objectives;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Hidden states, logits, loss and the gradient of every weight.</summary>
internal static class ForwardBackward
{
    public static Deviation Check(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.LoadAny(reference.PathOf("checkpoint"), ScalarType.Float32, trains: true, CPU);
        return Run(reference, model).Or(Gradients(reference, model.Parameters));
    }

    /// <summary>Forward and backward; gradients are left in the parameters.</summary>
    public static Deviation Run(ReferenceCase reference, PretrainedModel model) => model switch
    {
        T5 t5 => SequenceToSequence(reference, t5),
        TextModel { Head: LanguageHead } text => Language(reference, text),
        _ => Classifier(reference, (TextModel)model),
    };

    private static Deviation Language(ReferenceCase reference, TextModel model)
    {
        var isCausal = model.Config.Task == ModelTask.CausalLanguage;
        using var batch = Batch(reference, isCausal);
        var (hidden, worst) = Hidden(reference, model, batch);
        worst = worst.Or(Compare(reference, "logits", batch.At(reference.Tensor("expected", "logits")), model.Language.Logits(hidden)));
        var (places, targets) = batch.Supervised(reference.Tensor("inputs", "labels"), isShifted: isCausal);
        var score = TokenLoss.Backward(model.Language, hidden.index_select(0, places), targets, 1.0 / targets.shape[0]);
        return worst.Or(Deviation.Of("loss", reference.Number("loss"), score.Mean, reference.Tolerance("loss")));
    }

    private static Deviation Classifier(ReferenceCase reference, TextModel model)
    {
        var isDecoder = model.Config.Encoder is null;
        using var batch = Batch(reference, isDecoder);
        var (hidden, worst) = Hidden(reference, model, batch);
        var logits = ((ClassifierHead)model.Head).Logits(hidden, batch.Input);
        var (expected, labels) = (reference.Tensor("expected", "logits"), reference.Tensor("inputs", "labels"));
        var isOfTokens = model.Config.Task == ModelTask.TokenClassification;
        worst = worst.Or(Compare(reference, "logits", isOfTokens ? batch.At(expected) : expected, logits));
        var loss = isOfTokens ? LabelLoss.OfTokens(logits, batch.At(labels)) : LabelLoss.Of(logits, labels, model.Config.Labels!.Problem);
        loss.backward();
        return worst.Or(Deviation.Of("loss", reference.Number("loss"), loss.item<float>(), reference.Tolerance("loss")));
    }

    private static Deviation SequenceToSequence(ReferenceCase reference, T5 model)
    {
        var labels = reference.Tensor("inputs", "labels");
        var begun = reference.HasTensor("expected", "decoder_input_ids") ? reference.Tensor("expected", "decoder_input_ids") : Shifted(labels, model);
        using var source = Batch(reference, isCausal: false);
        using var target = new ReferenceBatch(begun, ones_like(begun), causal: true);
        using var across = new CrossAttention(target.Lengths, source.Lengths, ScalarType.Float32, CPU);
        var (encoded, decoded) = (new List<Tensor>(), new List<Tensor>());
        var memory = model.Encode(source.Input, encoded.Add);
        var hidden = model.Decode(target.Input, memory, across, decoded.Add);
        var worst = States(reference, "encoder_hidden", encoded, source).Or(States(reference, "decoder_hidden", decoded, target))
            .Or(Compare(reference, "logits", target.At(reference.Tensor("expected", "logits")), model.Head.Logits(hidden)));
        var (places, targets) = target.Supervised(labels, isShifted: false);
        var score = TokenLoss.Backward(model.Head, hidden.index_select(0, places), targets, 1.0 / targets.shape[0]);
        return worst.Or(Deviation.Of("loss", reference.Number("loss"), score.Mean, reference.Tolerance("loss")));
    }

    /// <summary>What the decoder is given: its start, then the labels but the last.</summary>
    private static Tensor Shifted(Tensor labels, T5 model)
    {
        var start = full([labels.shape[0], 1], (long)model.Start, dtype: ScalarType.Int64);
        var told = labels.narrow(1, 0, labels.shape[1] - 1);
        return cat([start, told.masked_fill(told.eq(-100), model.Config.PadTokenId ?? 0)], 1);
    }

    private static ReferenceBatch Batch(ReferenceCase reference, bool isCausal) =>
        new(reference.Tensor("inputs", "input_ids"), reference.Tensor("inputs", "attention_mask"), isCausal, Optional(reference, "position_ids"), Optional(reference, "token_type_ids"));

    private static Tensor? Optional(ReferenceCase reference, string name) => reference.HasTensor("inputs", name) ? reference.Tensor("inputs", name) : null;

    private static (Tensor Hidden, Deviation Worst) Hidden(ReferenceCase reference, TextModel model, ReferenceBatch batch)
    {
        var states = new List<Tensor>();
        var hidden = model.Body.Forward(batch.Input, states.Add);
        return (hidden, States(reference, "hidden", states, batch));
    }

    private static Deviation States(ReferenceCase reference, string name, List<Tensor> states, ReferenceBatch batch) =>
        !reference.HasTensor("expected", $"{name}.0") ? Deviation.None
            : states.Index().Aggregate(Deviation.None, (worst, item) =>
                worst.Or(Deviation.Of($"{name}.{item.Index}", batch.At(reference.Tensor("expected", $"{name}.{item.Index}")), item.Item, reference.Tolerance("hidden"))));

    /// <param name="parameters">What trains, by the references' names.</param>
    public static Deviation Gradients(ReferenceCase reference, IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        if (!reference.Has("grads"))
        {
            return Deviation.None; // variants come without
        }

        var expected = reference.Names("grads");
        var own = parameters.ToDictionary(item => item.Name, item => item.Parameter);
        var worst = Deviation.Exact(own.Keys.ToHashSet().SetEquals(expected), $"names of the gradients ({string.Join(", ", own.Keys.Except(expected).Concat(expected.Except(own.Keys)).Take(3))})");
        return !worst.IsAllowed ? worst
            : expected.Aggregate(worst, (sofar, name) => sofar.Or(Deviation.Of($"gradient of {name}", reference.Tensor("grads", name), own[name].grad ?? zeros_like(own[name]), reference.Tolerance("grads"))));
    }

    private static Deviation Compare(ReferenceCase reference, string quantity, Tensor expected, Tensor found) => Deviation.Of(quantity, expected, found, reference.Tolerance(quantity));
}
