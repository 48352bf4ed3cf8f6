using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>Something that was asked for cannot be done, on any machine.</summary>
public sealed class RequestException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Asked to stop: what could be kept is kept.</summary>
public sealed class InterruptedException(string reason) : Exception(reason);

/// <summary>What an exception means to whoever started the trainer.</summary>
public static class TrainerFailures
{
    private const int LongestError = 8 * 1024;

    /// <summary>ENOSPC.</summary>
    private const int DiskFull = 28;

    private static readonly string[] outOfMemory = ["CUDA out of memory", "CUDA error: out of memory", "not enough memory: you tried to allocate", "CUBLAS_STATUS_ALLOC_FAILED"];

    public static int ExitCode(Exception e) => Chain(e).Select(Code).FirstOrDefault(code => code != ExitCodes.Failed, ExitCodes.Failed);

    /// <summary>For <c>done.json</c>: the message, without the stack, which stands in the log; cut to 8 KB of UTF-8.</summary>
    public static string Error(Exception e)
    {
        var said = Chain(e).FirstOrDefault(inner => Code(inner) != ExitCodes.Failed) ?? Chain(e).First();
        var text = said is IOException { HResult: DiskFull } ? $"The disk is full: {said.Message}. Free space, or point Tuning__Work to a larger disk; the run goes on from its last checkpoint."
            : Code(said) == ExitCodes.Failed ? $"{said.GetType().Name}: {said.Message}" : said.Message;
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= LongestError ? text : Encoding.UTF8.GetString(bytes, 0, LongestError - 8).TrimEnd('\uFFFD') + " …";
    }

    private static int Code(Exception e) => e switch
    {
        InterruptedException => ExitCodes.Interrupted,
        OutOfMemoryException => ExitCodes.OutOfMemory,
        _ when outOfMemory.Any(text => e.Message.Contains(text, StringComparison.Ordinal)) => ExitCodes.OutOfMemory,
        RequestException or SettingException or BaseModelException or AdapterException or TrainingDivergedException => ExitCodes.RequestAtFault,
        SafetensorsFormatException or ModelConfigException or GenerationException or TokenizerException or ChatTemplateException or JsonException => ExitCodes.RequestAtFault,
        GraderException { MayPass: false } => ExitCodes.RequestAtFault,
        _ => ExitCodes.Failed,
    };

    /// <summary>The exception and what it wraps, outermost first; of several in one, all.</summary>
    private static IEnumerable<Exception> Chain(Exception e) => e switch
    {
        AggregateException several => several.InnerExceptions.SelectMany(Chain),
        { InnerException: { } inner } => Chain(inner).Prepend(e),
        _ => [e],
    };
}
