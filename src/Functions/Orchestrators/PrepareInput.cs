namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>What <c>PrepareDataset</c> is given; the frozen request of the run says the rest.</summary>
/// <param name="RunId">The folder <c>runs/{run}/</c>, with its <c>request.json</c>.</param>
/// <param name="Base">Name of the base model, <c>models/{base}/base/</c>.</param>
public sealed record PrepareInput(string RunId, string Base);
