namespace ServerlessTuning.Contracts.Graders;

/// <summary>An answer could not be graded, and the answer is not at fault (a faulty answer gets reward 0).</summary>
/// <param name="grader">The grader's name.</param>
/// <param name="mayPass">True when trying again later may help: a service that does not reply.</param>
public sealed class GraderException(string grader, string found, string expected, string fix, bool mayPass = false, Exception? inner = null)
    : Exception($"Grader \"{grader}\": found {found}, expected {expected}. {fix}", inner)
{
    public string Grader { get; } = grader;

    public bool MayPass { get; } = mayPass;
}
