namespace ServerlessTuning.Trainer.Stages;

/// <summary>What a run needs on the local disk, <c>{work}/{run}/</c>. Everything but the lock can be downloaded or computed again.</summary>
public sealed record WorkFolder(string Root)
{
    /// <summary>The base model's files.</summary>
    public string Base => Path.Combine(Root, "base");

    /// <summary>The published adapter that training goes on from.</summary>
    public string Start => Path.Combine(Root, "start");

    /// <summary>A published model that answers are judged by.</summary>
    public string RewardModel(string model) => Path.Combine(Root, "reward-models", model);

    /// <summary>Token shards and held-out texts, under the names of the dataset's folder.</summary>
    public string Dataset => Path.Combine(Root, "dataset");

    /// <summary>Checkpoints that this trainer writes.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The checkpoint that training goes on from.</summary>
    public string Resume => Path.Combine(Root, "resume");

    public string Evaluation => Path.Combine(Root, "evaluation");

    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>Frees the disk when all is done; what remains is the lock.</summary>
    public void Clear()
    {
        foreach (var folder in new[] { Base, Start, Path.Combine(Root, "reward-models"), Dataset, Checkpoints, Resume, Evaluation, Artifacts }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
