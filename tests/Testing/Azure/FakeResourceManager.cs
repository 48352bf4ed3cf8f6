using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Testing.Azure;

/// <summary>
/// Azure Resource Manager as far as virtual machines go, on a free port with TLS: it keeps state, answers long operations by polling as the real one does,
/// counts what the machines cost, and does whatever <see cref="Faults"/> say. The real Azure.ResourceManager.Compute client talks to it:
/// <c>new ArmClient(new FakeCredential(), id, new() { Environment = new(fake.Uri, fake.Uri.ToString()), Transport = new HttpClientTransport(fake.CreateClient()) })</c>.
/// </summary>
public sealed class FakeResourceManager : IAsyncDisposable
{
    /// <summary>May create and delete machines.</summary>
    public const string AppToken = "app";

    /// <summary>May delete and deallocate machines, as the machines' own identity may.</summary>
    public const string TrainerToken = "trainer";

    private const int PageSize = 3;

    private readonly X509Certificate2 certificate = Certificate();
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, FakeMachine> machines = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentBag<FakeMachine> everyMachine = [];
    private readonly ConcurrentDictionary<string, string> parts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Task<FakeError?>> operations = new();
    private readonly Lock gate = new();

    /// <param name="work">What a machine does from its boot until its power is lost; null does nothing.</param>
    public FakeResourceManager(Func<FakeMachine, Task>? work = null)
    {
        Work = work ?? (_ => Task.CompletedTask);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            endpoint.UseHttps(certificate);
        }));
        app = builder.Build();
        app.Run(Answer);
        app.StartAsync().GetAwaiter().GetResult();
        Uri = new Uri(app.Urls.Single());
    }

    public Uri Uri { get; }

    public FakeFaults Faults { get; } = new();

    public Func<FakeMachine, Task> Work { get; set; }

    /// <summary>Machines that are there now.</summary>
    public IReadOnlyList<FakeMachine> Machines => [.. machines.Values];

    /// <summary>All that were ever accepted.</summary>
    public IReadOnlyList<FakeMachine> EveryMachine => [.. everyMachine];

    /// <summary>Disks and network interfaces that are there now: resource ids.</summary>
    public IReadOnlyList<string> Parts => [.. parts.Keys];

    /// <summary>Requests so far, <c>PUT name</c> and so on.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Trusts this server and no other.</summary>
    public HttpMessageHandler CreateHandler() => new HttpClientHandler
    {
        ServerCertificateCustomValidationCallback = (_, presented, _, _) => presented?.Thumbprint == certificate.Thumbprint,
    };

    public HttpClient CreateClient() => new(CreateHandler());

    /// <summary>What the machines cost until now, of one run or of all.</summary>
    /// <param name="perHour">Price of a machine.</param>
    public double Cost(Func<FakeMachine, double> perHour, Func<FakeMachine, bool>? which = null) => EveryMachine.Where(machine => machine.WasAllocated && (which?.Invoke(machine) ?? true))
        .Sum(machine => ((machine.BilledUntil ?? TimeProvider.System.GetUtcNow()) - machine.BilledFrom).TotalHours * perHour(machine));

    /// <summary>Takes a spot machine away: notice first, then power and machine.</summary>
    public async Task Evict(string name, TimeSpan notice)
    {
        if (Machines.FirstOrDefault(machine => machine.Name == name) is { } machine)
        {
            machine.Warn();
            await Task.Delay(notice);
            Remove(machine);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in Machines)
        {
            machine.CutPower("stopped");
        }

        await app.StopAsync();
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private async Task Answer(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimEnd('/').Split('/');
        context.Response.Headers.Date = (TimeProvider.System.GetUtcNow() + Faults.ClockSkew).ToString("R");
        var at = Array.FindIndex(path, part => part.Equals("virtualMachines", StringComparison.OrdinalIgnoreCase));
        var name = at >= 0 && at + 1 < path.Length ? path[at + 1] : "";
        var body = context.Request.Method is "PUT" or "PATCH" ? (JsonObject?)await JsonNode.ParseAsync(context.Request.Body) : null;
        var request = new FakeRequest(context.Request.Method, context.Request.Path, name, body?["properties"]?["hardwareProfile"]?["vmSize"]?.GetValue<string>(),
            body?["location"]?.GetValue<string>(), body?["properties"]?["priority"]?.GetValue<string>() == "Spot");
        Requests.Enqueue($"{request.Method} {name}");
        if ((Unauthorized(context, request) ?? Faults.Refuse(request)) is { } error)
        {
            await Write(context, error);
            return;
        }

        var lose = Faults.LoseAnswer(request);
        var answer = path.Contains("operations") ? Operation(path[^1])
            : at < 0 ? NotFound("InvalidResourceType")
            : (request.Method, path.Length - at - 1) switch
            {
                ("PUT", 1) => Create(context, request, body!),
                ("PATCH", 1) => Retag(request.Path, body!),
                ("GET", 0) => List(context),
                ("GET", 1) => Get(request.Path, context.Request.Query["$expand"] == "instanceView"),
                ("GET", 2) when path[^1] == "instanceView" => Get(string.Join('/', path[..^1]), expand: true),
                ("DELETE", 1) => Delete(context, request.Path),
                ("POST", 2) when path[^1] is "deallocate" or "powerOff" => SwitchOff(context, string.Join('/', path[..^1]), path[^1]),
                _ => NotFound("NotImplemented"),
            };
        if (lose)
        {
            context.Abort();
            return;
        }

        await Write(context, answer);
    }

    private static FakeError? Unauthorized(HttpContext context, FakeRequest request) => context.Request.Headers.Authorization.ToString() switch
    {
        "Bearer " + AppToken => null,
        "Bearer " + TrainerToken when request.Method is "DELETE" or "GET" || request.Path.EndsWith("/deallocate", StringComparison.Ordinal) => null,
        "Bearer " + TrainerToken => FakeError.Forbidden,
        _ => new(401, "InvalidAuthenticationToken", "The access token is invalid."),
    };

    private (int, JsonNode?) Create(HttpContext context, FakeRequest request, JsonObject body)
    {
        FakeMachine machine;
        lock (gate)
        {
            if (machines.TryGetValue(request.Path, out var known))
            {
                if (known.Size != request.Size || known.Region != request.Region)
                {
                    return (409, Error(new(409, "PropertyChangeNotAllowed", "Changing property 'vmSize' or 'location' is not allowed.")));
                }

                SetOperation(context, Task.FromResult<FakeError?>(null));
                return (200, View(known, expand: false));
            }

            machine = new(request.Path, body, TimeProvider.System.GetUtcNow());
            machines[request.Path] = machine;
        }

        everyMachine.Add(machine);
        var group = request.Path[..request.Path.IndexOf("/providers/", StringComparison.OrdinalIgnoreCase)];
        foreach (var part in PartsOf(body))
        {
            parts[$"{group}/{part.Kind}/{part.Name}"] = part.GoesToo ? request.Path : "";
        }

        SetOperation(context, BringUp(machine));
        return (201, View(machine, expand: false));
    }

    /// <summary>Of an update only the tags, which it replaces; the rest of a machine stays as it was made.</summary>
    private (int, JsonNode?) Retag(string path, JsonObject body)
    {
        if (!machines.TryGetValue(path, out var machine))
        {
            return NotFound("ResourceNotFound");
        }

        var changed = (JsonObject)machine.Body.DeepClone();
        changed["tags"] = body["tags"]?.DeepClone();
        machine.Body = changed;
        return (200, View(machine, expand: false));
    }

    private async Task<FakeError?> BringUp(FakeMachine machine)
    {
        await Task.Delay(Faults.CreationTime());
        if (machine.IsDeleted)
        {
            return new(409, "OperationPreempted", "The operation was preempted by a deletion.");
        }

        if (Faults.FailLate(machine) is { } failure)
        {
            (machine.ProvisioningState, machine.WasAllocated) = ("Failed", failure.WasAllocated);
            return failure;
        }

        (machine.ProvisioningState, machine.PowerState) = ("Succeeded", "running");
        _ = Task.Run(() => Work(machine));
        return null;
    }

    private (int, JsonNode?) Get(string path, bool expand) => machines.TryGetValue(path, out var machine) ? (200, View(machine, expand)) : NotFound("ResourceNotFound");

    private (int, JsonNode?) List(HttpContext context)
    {
        var skip = int.TryParse(context.Request.Query["$skiptoken"], out var token) ? token : 0;
        var scope = context.Request.Path.Value!.TrimEnd('/') + "/";
        var all = Machines.Where(machine => machine.Id.StartsWith(scope, StringComparison.OrdinalIgnoreCase)).OrderBy(machine => machine.Name, StringComparer.Ordinal).ToList();
        var page = new JsonObject { ["value"] = new JsonArray([.. all.Skip(skip).Take(PageSize).Select(JsonNode (machine) => View(machine, expand: false))]) };
        if (skip + PageSize < all.Count)
        {
            page["nextLink"] = new Uri(Uri, $"{context.Request.Path}?api-version={context.Request.Query["api-version"]}&$skiptoken={skip + PageSize}").ToString();
        }

        return (200, page);
    }

    private (int, JsonNode?) Delete(HttpContext context, string path)
    {
        if (!machines.TryGetValue(path, out var machine))
        {
            return (204, null);
        }

        machine.ProvisioningState = "Deleting";
        SetOperation(context, Finish());
        return (202, null);

        async Task<FakeError?> Finish()
        {
            machine.CutPower("stopped");
            await Task.Delay(Faults.DeletionTime());
            Remove(machine);
            return null;
        }
    }

    private (int, JsonNode?) SwitchOff(HttpContext context, string path, string how)
    {
        if (!machines.TryGetValue(path, out var machine))
        {
            return NotFound("ResourceNotFound");
        }

        machine.CutPower(how == "deallocate" ? "deallocated" : "stopped");
        machine.BilledUntil = how == "deallocate" ? TimeProvider.System.GetUtcNow() : null;
        SetOperation(context, Task.FromResult<FakeError?>(null));
        return (202, null);
    }

    private void Remove(FakeMachine machine)
    {
        machine.CutPower("stopped");
        lock (gate)
        {
            if (!machines.TryRemove(new(machine.Id, machine)))
            {
                return;
            }

            machine.IsDeleted = true;
            machine.BilledUntil ??= TimeProvider.System.GetUtcNow();
            foreach (var part in parts.Where(part => part.Value == machine.Id))
            {
                parts.TryRemove(part);
            }
        }
    }

    private void SetOperation(HttpContext context, Task<FakeError?> operation)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        operations[id] = operation;
        var uri = new Uri(Uri, $"/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/{id}?api-version=2023-07-01").ToString();
        context.Response.Headers["Azure-AsyncOperation"] = uri;
        context.Response.Headers.Location = uri;
    }

    private (int, JsonNode?) Operation(string id) => !operations.TryGetValue(id, out var operation) ? NotFound("NotFound")
        : !operation.IsCompleted ? (200, new JsonObject { ["status"] = "InProgress" })
        : operation.Result is not { } failure ? (200, new JsonObject { ["status"] = "Succeeded" })
        : (200, new JsonObject { ["status"] = "Failed", ["error"] = new JsonObject { ["code"] = failure.Code, ["message"] = failure.Message } });

    private static JsonObject View(FakeMachine machine, bool expand)
    {
        var view = (JsonObject)machine.Body.DeepClone();
        (view["id"], view["name"], view["type"]) = (machine.Id, machine.Name, "Microsoft.Compute/virtualMachines");
        var properties = view["properties"]!.AsObject();
        properties["provisioningState"] = machine.ProvisioningState;
        properties["osProfile"]!.AsObject().Remove("customData"); // as the real one does: never shown again
        if (expand)
        {
            var statuses = new JsonArray(new JsonObject { ["code"] = $"ProvisioningState/{machine.ProvisioningState.ToLowerInvariant()}" });
            if (machine.PowerState is { } power)
            {
                statuses.Add((JsonNode)new JsonObject { ["code"] = $"PowerState/{power}" });
            }

            properties["instanceView"] = new JsonObject { ["statuses"] = statuses };
        }

        return view;
    }

    /// <summary>The disk and the network interfaces that come with the machine; those not declared to go with it stay.</summary>
    private static IEnumerable<(string Kind, string Name, bool GoesToo)> PartsOf(JsonObject body)
    {
        var disk = body["properties"]!["storageProfile"]!["osDisk"]!;
        if (disk["diffDiskSettings"] is null)
        {
            yield return ("disks", disk["name"]!.GetValue<string>(), disk["deleteOption"]?.GetValue<string>() == "Delete");
        }

        foreach (var network in body["properties"]!["networkProfile"]?["networkInterfaceConfigurations"]?.AsArray() ?? [])
        {
            yield return ("networkInterfaces", network!["name"]!.GetValue<string>(), network["properties"]?["deleteOption"]?.GetValue<string>() == "Delete");
        }
    }

    private static (int, JsonNode?) NotFound(string code) => (404, Error(new(404, code, "It was not found.")));

    private static JsonObject Error(FakeError error) => new JsonObject { ["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message } };

    private static Task Write(HttpContext context, FakeError error)
    {
        if (error.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = $"{seconds}";
        }

        return Write(context, (error.Status, Error(error)));
    }

    private static Task Write(HttpContext context, (int Status, JsonNode? Body) answer)
    {
        context.Response.StatusCode = answer.Status;
        if (answer.Body is null)
        {
            return Task.CompletedTask;
        }

        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.Body.ToJsonString());
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null); // with a private key that TLS can use
    }
}
