using System.Collections;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Invocation;

/// <summary>What a function is told of its invocation.</summary>
internal sealed class HostedContext(FunctionMethod function, InvocationRequest request, IServiceProvider scope, CancellationToken cancellation) : FunctionContext
{
    private InvocationFeatures? features;
    private IDictionary<object, object>? items;

    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => function.Name;

    public override FunctionDefinition FunctionDefinition => function.Definition;

    public override TraceContext TraceContext => field ??= new Trace(Activity.Current);

    public override BindingContext BindingContext => field ??= new Bindings(request.BindingData);

    public override RetryContext RetryContext => field ??= new Tries(request.Retry, request.MaxRetries);

    public override IServiceProvider InstanceServices { get; set; } = scope;

    public override IDictionary<object, object> Items
    {
        get => items ??= new Dictionary<object, object>();
        set => items = value;
    }

    public override IInvocationFeatures Features => features ??= new();

    public override CancellationToken CancellationToken { get; } = cancellation;

    public HttpContext? Http => request.Http;

    /// <summary>What the function returned.</summary>
    public object? Result { get; set; }

    private sealed class Trace(Activity? activity) : TraceContext
    {
        public override string TraceParent => activity?.Id ?? "";

        public override string TraceState => activity?.TraceStateString ?? "";
    }

    private sealed class Bindings(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }

    private sealed class Tries(int retry, int max) : RetryContext
    {
        public override int RetryCount => retry;

        public override int MaxRetryCount => max;
    }

    private sealed class InvocationFeatures : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> held = [];

        public void Set<T>(T instance) => held[typeof(T)] = instance!;

        public T? Get<T>() => held.TryGetValue(typeof(T), out var value) ? (T)value : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => held.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
