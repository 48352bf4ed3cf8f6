namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>What a run is started with; its id is the orchestration's.</summary>
/// <param name="Dataset">Folder in the drop zone.</param>
/// <param name="IsPosted">The request is the body of a <c>POST /runs</c>, which lies in the run's folder; else the dataset's <c>tuning.json</c>, if there is one.</param>
public sealed record TuneInput(string Dataset, bool IsPosted = false);
