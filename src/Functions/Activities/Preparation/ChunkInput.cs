namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>One part of the dataset's files, as <see cref="ScanDataset"/> numbered them.</summary>
/// <param name="Chunk">Counted from 0.</param>
public sealed record ChunkInput(string RunId, string Base, int Chunk);
