using Microsoft.Azure.Functions.Worker.Middleware;

namespace ServerlessTuning.Embedded.Functions.Invocation;

/// <summary>The app's middleware, outermost first.</summary>
internal sealed class WorkerPipeline
{
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> layers = [];

    public void Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> layer) => layers.Add(layer);

    /// <summary>Each invocation runs through all layers to the function at the end.</summary>
    public FunctionExecutionDelegate Around(FunctionExecutionDelegate function) =>
        Enumerable.Reverse(layers).Aggregate(function, (next, layer) => layer(next));
}
