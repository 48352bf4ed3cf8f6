using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace ServerlessTuning.Embedded.Functions.Invocation;

/// <summary>What a trigger asks for when it runs a function.</summary>
/// <param name="Bind">Gives the value of a parameter that only this trigger knows; throws when it cannot.</param>
internal sealed record InvocationRequest(Func<ParameterInfo, HostedContext, ValueTask<object?>> Bind)
{
    private static readonly Dictionary<string, object?> Nothing = [];

    public IReadOnlyDictionary<string, object?> BindingData { get; init; } = Nothing;

    public HttpContext? Http { get; init; }

    /// <summary>Tries before this one.</summary>
    public int Retry { get; init; }

    public int MaxRetries { get; init; }

    /// <summary>Orchestrators run again at each step and may not be disturbed by a clock: no time limit, and no line of log each time.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Of the caller or the host.</summary>
    public CancellationToken Stop { get; init; }
}
