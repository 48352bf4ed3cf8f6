using Xunit;

namespace ServerlessTuning.Testing;

/// <summary>A fact that needs the references beside a developer's checkout: skipped with the reason where they are missing, never where they are there.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = SharedTheoryAttribute.Reason!;
}

/// <inheritdoc cref="SharedFactAttribute"/>
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    internal static string? Reason => Repository.Shared is null ? "needs ../shared, which only developers of this project have" : null;

    public SharedTheoryAttribute() => Skip = Reason!;
}
