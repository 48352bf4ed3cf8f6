using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Api;

/// <summary>Passes a person's wish on to a run that is under way.</summary>
internal static class RunSignals
{
    /// <param name="empty">What no body means.</param>
    /// <param name="fields">What the body may hold, for people.</param>
    /// <param name="objection">Why the run cannot be told so now; null when it can.</param>
    public static async Task<IActionResult> RaiseAsync<T>(
        HttpRequest request, string id, DurableTaskClient client, string name, T empty, string fields, Func<RunView, string?>? objection, CancellationToken cancellation)
        where T : class
    {
        if (await client.GetInstanceAsync(id, getInputsAndOutputs: true, cancellation) is not { } run || !RunViews.IsRun(run))
        {
            return Answers.UnknownRun(id);
        }

        if (run.IsCompleted)
        {
            return Answers.Refused(StatusCodes.Status410Gone, $"Run \"{id}\" has ended already: {run.RuntimeStatus}. GET /runs/{id} says how.");
        }

        var view = RunViews.Of(run, RunViews.Links(client, request, id));
        if (objection?.Invoke(view) is { } why)
        {
            return Answers.Refused(StatusCodes.Status409Conflict, why);
        }

        T? payload;
        try
        {
            payload = request.ContentLength is null or 0 ? empty : await JsonSerializer.DeserializeAsync<T>(request.Body, TuningJson.Options, cancellation);
        }
        catch (JsonException e)
        {
            return Answers.Refused(StatusCodes.Status400BadRequest, $"The body is not a JSON object with {fields} ({e.Message}). Correct it, or send none.");
        }

        await client.RaiseEventAsync(id, name, payload ?? empty, cancellation);
        return Answers.Json(StatusCodes.Status202Accepted, view);
    }
}
