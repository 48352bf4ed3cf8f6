using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Checkpoints;

/// <summary>The readable part of a checkpoint: <c>state.json</c>.</summary>
/// <param name="Format">1.</param>
/// <param name="Step">Optimizer steps done: also the position in the data and in the schedule, which are functions of it.</param>
public sealed record CheckpointState(int Format, int Step);

/// <summary>
/// Everything needed to go on: what trains (<c>weights.safetensors</c>), the optimizer's memory (<c>optimizer.safetensors</c>), the step (<c>state.json</c>). Randomness and data
/// order are functions of seed and step, so there is nothing more. The folder is written under another name, flushed to the disk and renamed: it is whole or not there.
/// </summary>
public static class TrainingCheckpoint
{
    /// <exception cref="CheckpointWriteException">The disk is full or cannot be written to; earlier checkpoints are untouched.</exception>
    public static void Write(string folder, Trainee trainee, Optimizer optimizer, int step)
    {
        var partial = folder + ".partial";
        try
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            Directory.CreateDirectory(partial);
            WriteFile(Path.Combine(partial, "weights.safetensors"), file => TensorFiles.Write(file, trainee.Parameters.Select(item => (item.Name, (Tensor)item.Parameter)).Concat(trainee.Adapter?.Starts ?? [])));
            WriteFile(Path.Combine(partial, "optimizer.safetensors"), file => TensorFiles.Write(file, optimizer.State));
            WriteFile(Path.Combine(partial, "state.json"), file => JsonSerializer.Serialize(file, new CheckpointState(1, step), TuningJson.Readable));
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Directory.Move(partial, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointWriteException(folder, step, e);
        }
    }

    /// <summary>Puts a checkpoint's numbers into a trainee and its optimizer.</summary>
    /// <returns>The optimizer steps that it had done.</returns>
    public static int Read(string folder, Trainee trainee, Optimizer optimizer)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var state = JsonSerializer.Deserialize<CheckpointState>(File.ReadAllText(Path.Combine(folder, "state.json")), TuningJson.Options)!;
        using (var weights = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU))
        {
            foreach (var (name, tensor) in trainee.Parameters.Select(item => (item.Name, (Tensor)item.Parameter)).Concat(optimizer.State))
            {
                tensor.copy_(weights.Stored(name));
            }

            trainee.Adapter?.MoveStarts(weights.Stored);
        }

        optimizer.Steps = state.Step;
        return state.Step;
    }

    /// <summary>Puts only a checkpoint's weights into a trainee, to use them: for evaluation and export.</summary>
    public static void ReadWeights(string folder, Trainee trainee)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var weights = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU);
        foreach (var (name, parameter) in trainee.Parameters)
        {
            parameter.copy_(weights.Stored(name));
        }

        trainee.Adapter?.MoveStarts(weights.Stored);
    }

    private static void WriteFile(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        write(file);
        file.Flush(flushToDisk: true);
    }
}
