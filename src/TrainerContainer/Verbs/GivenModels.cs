using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Stages;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary>The models that a person names: <c>--base</c>, and what was made of it as <c>--adapter</c> or as <c>--tuned</c>, or neither.</summary>
public sealed record GivenModels(string BaseFolder, string? AdapterFolder, string? TunedFolder)
{
    public static readonly string[] Options = ["--base", "--adapter", "--tuned"];

    public static GivenModels Of(Arguments arguments)
    {
        arguments.Required("--base");
        return arguments.Has("--adapter") && arguments.Has("--tuned")
            ? throw new RequestException("found both --adapter and --tuned, expected one of them: an adapter beside its base, or a whole model.")
            : new(arguments.Folder("--base")!, arguments.Folder("--adapter"), arguments.Folder("--tuned"));
    }

    public bool HasTuned => AdapterFolder is not null || TunedFolder is not null;

    public TextModel Base() => ModelFolder.Load(BaseFolder, ScalarType.Float32, trains: false, RunModels.BestDevice);

    public TextModel Tuned()
    {
        if (TunedFolder is not null)
        {
            return ModelFolder.Load(TunedFolder, ScalarType.Float32, trains: false, RunModels.BestDevice);
        }

        var model = Base();
        AdapterFiles.Attach(model, AdapterFolder!);
        return model;
    }
}
