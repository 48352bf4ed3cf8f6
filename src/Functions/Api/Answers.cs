using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Api;

/// <summary>What the HTTP API answers with.</summary>
internal static class Answers
{
    public static IActionResult Ok<T>(T body) => Json(StatusCodes.Status200OK, body);

    public static IActionResult Json<T>(int status, T body) => new JsonResult(body, TuningJson.Options) { StatusCode = status };

    public static IActionResult Refused(int status, string message, IReadOnlyList<DatasetProblem>? problems = null) =>
        Json(status, new ApiError(message, problems?.Count > 0 ? [.. problems.Select(problem => problem.ToString())] : null, problems?.Count > 0 ? problems : null));

    public static IActionResult UnknownRun(string id) => Refused(StatusCodes.Status404NotFound, $"There is no run \"{id}\". GET /runs lists the runs there are.");
}

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Problems">One sentence each.</param>
/// <param name="Details">The same, part by part.</param>
public sealed record ApiError(string Message, IReadOnlyList<string>? Problems = null, IReadOnlyList<DatasetProblem>? Details = null);
