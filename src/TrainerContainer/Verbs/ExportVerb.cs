using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Export;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary><c>export</c>: base and adapter merged into one folder in Hugging Face layout, read back and compared.</summary>
public static class ExportVerb
{
    public const string Usage = "export --base <folder> --adapter <folder> --to <new folder>";

    public static int Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments("export", rest, ["--base", "--adapter", "--to"], []);
        var (baseFolder, adapterFolder, to) = (arguments.Required("--base"), arguments.Required("--adapter"), arguments.Required("--to"));
        _ = (arguments.Folder("--base"), arguments.Folder("--adapter"));
        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
        {
            throw new RequestException($"export: found files in {to}, expected --to to be a new or empty folder.");
        }

        var model = ModelFolder.Load(baseFolder, ScalarType.Float32, trains: false, CPU);
        var tuned = new Trainee(model, AdapterFiles.Attach(model, adapterFolder));
        MergedFolder.Write(tuned, baseFolder, hasWeights: true, to);
        int[] ids = [.. ModelText.Load(baseFolder).Tokenizer.Encode("The quick brown fox jumps over the lazy dog.")];
        var check = ExportVerification.Verify(baseFolder, adapterFolder, to, tuned, ids);
        Console.Out.WriteLine($"{to}: merged; logits differ by {check.Merging:0.0e+0} from base with adapter, {check.Written:0.0e+0} after rounding to {check.Type}.");
        return ExitCodes.Done;
    }
}
