using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Models.Families;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Export;

/// <summary>What was measured on the written files, in float32.</summary>
/// <param name="Merging">Largest difference of a logit between base with adapter and the two merged, before the sum is rounded to the file's type; null without an adapter.</param>
/// <param name="Written">The same between base with adapter and the merged file as it lies on disk: what the rounding costs. Null without an adapter.</param>
/// <param name="Type">Type of the merged file's matrices.</param>
public sealed record ExportCheck(double? Merging, double? Written, ScalarType Type);

/// <summary>The exported files are not what was trained.</summary>
public sealed class ExportVerificationException(string found, string expected)
    : Exception($"The export does not verify: found {found}, expected {expected}. Nothing is published; the checkpoint is untouched.");

/// <summary>Loads what was written back through the product's own reader and compares.</summary>
public static class ExportVerification
{
    /// <summary>Largest difference of a logit that float32 sums in another order explain.</summary>
    public const double Tolerance = 1e-4;

    /// <param name="adapterFolder">Null for full fine-tuning and pretraining.</param>
    /// <param name="trained">What was exported.</param>
    /// <param name="ids">A sequence to compute logits for.</param>
    /// <exception cref="ExportVerificationException">They differ.</exception>
    public static ExportCheck Verify(string baseFolder, string? adapterFolder, string mergedFolder, Trainee trained, ReadOnlySpan<int> ids)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        if (adapterFolder is null)
        {
            var type = CompareWeights(trained.Model, mergedFolder);
            RefuseUnlessFinite(MergedLogits(mergedFolder, ids));
            return new(null, null, type);
        }

        var model = ModelFolder.LoadAny(baseFolder, ScalarType.Float32, trains: false, CPU, head: trained.Head);
        var adapter = AdapterFiles.Attach(model, adapterFolder);
        var apart = Logits(model, ids);
        Fold(model, adapter);
        var merging = Difference(apart, Logits(model, ids));
        Require(merging <= Tolerance, $"logits that differ by {merging:0.0e+0} between base with adapter and the two merged", $"at most {Tolerance:0e+0}");
        var stored = CompareWeights(model, mergedFolder);
        var written = Difference(apart, MergedLogits(mergedFolder, ids));
        Require(stored != ScalarType.Float32 || written <= Tolerance, $"logits that differ by {written:0.0e+0} between base with adapter and the merged file", $"at most {Tolerance:0e+0}");
        return new(merging, written, stored);
    }

    /// <summary>W ← W + (α / r)·B·A, in float32; the adapter is switched off.</summary>
    private static void Fold(PretrainedModel model, LoraAdapter adapter)
    {
        var projections = model.Projections.ToDictionary(item => item.Name, item => item.Projection);
        foreach (var (name, update) in adapter.Layers)
        {
            projections[name].Stored.copy_(update.Merged(projections[name].Stored));
        }

        adapter.Enabled = false;
    }

    /// <summary>Every tensor of the file is the model's, up to one rounding to the file's type.</summary>
    /// <returns>The type of the file's matrices.</returns>
    private static ScalarType CompareWeights(PretrainedModel model, string mergedFolder)
    {
        using var file = ModelFolder.OpenWeights(mergedFolder, ScalarType.Float32, trains: false, CPU);
        var matrices = ScalarType.Float32;
        foreach (var (name, parameter) in model.Parameters)
        {
            using var scope = NewDisposeScope();
            var stored = file.Stored(name);
            matrices = parameter.dim() > 1 ? stored.dtype : matrices;
            var (own, read) = (parameter.cpu().to(ScalarType.Float32), stored.to(ScalarType.Float32));
            var excess = ((own - read).abs() - own.abs() * RoundingOf(stored.dtype)).max().item<float>();
            Require(excess <= 1e-6f, $"{name} off by {excess} more than rounding to {stored.dtype} explains", "the trained weights");
        }

        return matrices;
    }

    private static double RoundingOf(ScalarType type) => type switch
    {
        ScalarType.BFloat16 => 1.0 / 128,
        ScalarType.Float16 => 1.0 / 1024,
        _ => 1e-5,
    };

    private static Tensor MergedLogits(string folder, ReadOnlySpan<int> ids) => Logits(ModelFolder.LoadAny(folder, ScalarType.Float32, trains: false, CPU), ids);

    /// <returns>What the model says of the tokens, float32: of each, or of all, as its head has it.</returns>
    private static Tensor Logits(PretrainedModel model, ReadOnlySpan<int> ids)
    {
        var batch = new TokenBatch(new(IsCausal: model.Config.Encoder is null && model is not T5, IsShifted: false));
        batch.Add(ids, Enumerable.Repeat(-100, ids.Length).ToArray());
        using var built = batch.Build(model.Compute, model.Device);
        return model is T5 t5 ? Logits(t5, built, ids.Length) : ((TextModel)model).Head switch
        {
            ClassifierHead labels => labels.Logits(((TextModel)model).Hidden(built.Input), built.Input),
            var head => ((LanguageHead)head).Logits(((TextModel)model).Hidden(built.Input)),
        };
    }

    /// <summary>The tokens as a source, and what is said first of all.</summary>
    private static Tensor Logits(T5 model, TokenBatch source, int length)
    {
        var start = new TokenBatch();
        start.Add([model.Start], [-100]);
        using var target = start.Build(model.Compute, model.Device);
        using var across = new CrossAttention([1], [length], model.Compute, model.Device);
        return model.Head.Logits(model.Decode(target.Input, model.Encode(source.Input), across));
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    private static void RefuseUnlessFinite(Tensor logits) => Require(double.IsFinite(logits.abs().max().item<float>()), "logits that are no numbers", "finite logits");

    private static void Require(bool holds, string found, string expected)
    {
        if (!holds)
        {
            throw new ExportVerificationException(found, expected);
        }
    }
}
