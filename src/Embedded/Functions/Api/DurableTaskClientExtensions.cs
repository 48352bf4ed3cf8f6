using System.Net;
using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessTuning.Embedded.Functions.Durable;

namespace Microsoft.Azure.Functions.Worker;

public static class DurableTaskClientExtensions
{
    /// <summary>The management links of an instance, whether it exists or not.</summary>
    /// <param name="request">Not needed: without it the links start with the host's own address.</param>
    public static HttpManagementPayload CreateHttpManagementPayload(this DurableTaskClient client, string instanceId, HttpRequestData? request = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var address = ManagementAddress.Of(client);
        return new(address.Base(request), instanceId, address.Query);
    }

    /// <summary>202 with the address of the instance's status and its management links.</summary>
    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client, HttpRequestData request, string instanceId, CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponse(request, instanceId, HttpStatusCode.Accepted, cancellation);

    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode statusCode, CancellationToken cancellation = default)
    {
        var links = client.CreateHttpManagementPayload(instanceId, request);
        var response = Json(request, statusCode, links, cancellation);
        response.Headers.Add("Location", links.StatusQueryGetUri);
        return response;
    }

    /// <inheritdoc cref="CreateCheckStatusResponse(DurableTaskClient, HttpRequestData, string, CancellationToken)"/>
    public static Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client, HttpRequestData request, string instanceId, CancellationToken cancellation = default) =>
        Task.FromResult(client.CreateCheckStatusResponse(request, instanceId, cancellation));

    public static Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode statusCode, CancellationToken cancellation = default) =>
        Task.FromResult(client.CreateCheckStatusResponse(request, instanceId, statusCode, cancellation));

    /// <summary>Looks again and again until the instance has ended: 200 with its state, or 500 for a failed one when asked for. Cancelled before that: the 202.</summary>
    /// <param name="retryInterval">Between two looks. Default 1 second.</param>
    public static async Task<HttpResponseData> WaitForCompletionOrCreateCheckStatusResponseAsync(
        this DurableTaskClient client, HttpRequestData request, string instanceId, TimeSpan? retryInterval = null, bool returnInternalServerErrorOnFailure = false,
        bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var found = await client.GetInstanceAsync(instanceId, getInputsAndOutputs, CancellationToken.None);
            if (found is { IsCompleted: true })
            {
                var failed = returnInternalServerErrorOnFailure && found.RuntimeStatus == OrchestrationRuntimeStatus.Failed;
                return Json(request, failed ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, EndedInstance.Of(found), CancellationToken.None);
            }

            await Task.Delay(retryInterval ?? TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return client.CreateCheckStatusResponse(request, instanceId, CancellationToken.None);
    }

    private static HttpResponseData Json<T>(HttpRequestData request, HttpStatusCode status, T body, CancellationToken cancellation)
    {
        ObjectSerializer serializer = request.FunctionContext.InstanceServices.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer;
        var response = request.CreateResponse();
        response.StatusCode = status;
        response.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        serializer.Serialize(response.Body, body, typeof(T), cancellation);
        return response;
    }
}
