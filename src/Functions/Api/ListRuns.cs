using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Api;

/// <summary>
/// <c>GET /runs?dataset=NAME&amp;limit=N&amp;continuation=…</c>: newest first. The durable backends list by id, so all instances are looked through for their
/// time, and only a page of them is read with inputs and outputs.
/// </summary>
public sealed class ListRuns
{
    private const int DefaultLimit = 50, MostLimit = 200;

    [Function(nameof(ListRuns))]
    public async Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "runs")] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        string dataset = request.Query["dataset"].ToString(), limitText = request.Query["limit"].ToString(), token = request.Query["continuation"].ToString();
        if (!int.TryParse(limitText.Length == 0 ? $"{DefaultLimit}" : limitText, out var limit) || limit is < 1 or > MostLimit)
        {
            return Answers.Refused(StatusCodes.Status400BadRequest, $"limit is \"{limitText}\"; it must be a whole number from 1 to {MostLimit}.");
        }

        if (!Place.TryParse(token, out var after))
        {
            return Answers.Refused(StatusCodes.Status400BadRequest, $"continuation is \"{token}\"; pass what the page before this one gave, or leave it out.");
        }

        List<RunView> page = [];
        foreach (var place in await PlacesAsync(client, dataset, after, cancellation))
        {
            if (page.Count == limit)
            {
                return Answers.Ok(new RunList(page, new Place(page[^1].CreatedAt, page[^1].Id).ToString()));
            }

            if (await client.GetInstanceAsync(place.Id, getInputsAndOutputs: true, cancellation) is { } run
                && RunViews.Of(run) is var view && (dataset.Length == 0 || view.Dataset == dataset))
            {
                page.Add(view);
            }
        }

        return Answers.Ok(new RunList(page));
    }

    private static async Task<List<Place>> PlacesAsync(DurableTaskClient client, string dataset, Place? after, CancellationToken cancellation)
    {
        List<Place> places = [];
        var query = new OrchestrationQuery(CreatedTo: after?.CreatedAt.AddTicks(1), InstanceIdPrefix: dataset.Length == 0 ? null : $"{RunIds.Slug(dataset)}-");
        await foreach (var instance in client.GetAllInstancesAsync(query).WithCancellation(cancellation))
        {
            if (RunViews.IsRun(instance))
            {
                places.Add(new(instance.CreatedAt, instance.InstanceId));
            }
        }

        places.Sort();
        return after is null ? places : [.. places.Where(place => place.CompareTo(after) > 0)];
    }

    /// <summary>Where in the list a run stands: newest first, by id among those of one moment.</summary>
    private sealed record Place(DateTimeOffset CreatedAt, string Id) : IComparable<Place>
    {
        public int CompareTo(Place? other) => other!.CreatedAt.CompareTo(CreatedAt) is not 0 and var order ? order : string.CompareOrdinal(Id, other.Id);

        public override string ToString() => $"{CreatedAt.UtcTicks}.{Id}";

        /// <summary>Nothing is the start of the list.</summary>
        public static bool TryParse(string text, out Place? place)
        {
            place = null;
            if (text.Split('.', 2) is [var ticks, { Length: > 0 } id] && long.TryParse(ticks, NumberStyles.None, null, out var number) && number <= DateTime.MaxValue.Ticks)
            {
                place = new(new DateTimeOffset(number, TimeSpan.Zero), id);
            }

            return text.Length == 0 || place is not null;
        }
    }
}
