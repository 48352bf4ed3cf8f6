using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Embedded.Functions.Discovery;

/// <summary>The app's functions: public methods with <see cref="FunctionAttribute"/> in the entry assembly and in those of the app that it references.</summary>
public sealed class FunctionCatalog
{
    private readonly Dictionary<string, FunctionMethod> byName;

    /// <exception cref="InvalidOperationException">Two functions have one name, or a function has no single trigger.</exception>
    public FunctionCatalog(IEnumerable<Assembly> assemblies, IConfiguration configuration)
    {
        var methods = assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type is { IsClass: true } && (type.IsPublic || type.IsNestedPublic))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null)
            .Select(method => new FunctionMethod(method)).ToList();
        if (methods.GroupBy(method => method.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } doubled)
        {
            throw new InvalidOperationException($"Two functions are named {doubled.Key}: {string.Join(", ", doubled.Select(method => method.Method.DeclaringType))}. Names are unique in an app.");
        }

        byName = methods.Where(method => !IsDisabled(configuration, method.Name)).ToDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);
    }

    public IEnumerable<FunctionMethod> All => byName.Values.OrderBy(method => method.Name, StringComparer.OrdinalIgnoreCase);

    public FunctionMethod? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Functions with a kind of trigger.</summary>
    public IEnumerable<(FunctionMethod Function, T Trigger)> With<T>()
        where T : class => All.Where(function => function.Trigger is T).Select(function => (function, (function.Trigger as T)!));

    /// <summary><c>AzureWebJobs.{name}.Disabled</c> as a setting; in an environment variable the dots may be two underscores.</summary>
    private static bool IsDisabled(IConfiguration configuration, string name) =>
        (configuration[$"AzureWebJobs.{name}.Disabled"] ?? configuration[$"AzureWebJobs:{name}:Disabled"]) is { } value && (value == "1" || bool.TryParse(value, out var disabled) && disabled);
}
