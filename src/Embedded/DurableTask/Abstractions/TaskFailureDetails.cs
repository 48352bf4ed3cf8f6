using System.Reflection;

namespace Microsoft.DurableTask;

/// <summary>A failure as data, so that it survives serialization.</summary>
/// <param name="ErrorType">Full name of the exception's type, or <c>(unknown)</c>.</param>
public record TaskFailureDetails(
    string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure, IDictionary<string, object?>? Properties)
{
    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new(
            exception.GetType().ToString(),
            exception.Message,
            exception.StackTrace,
            exception is TaskFailedException task ? task.FailureDetails : exception.InnerException is { } inner ? FromException(inner) : null,
            null);
    }

    /// <summary>Whether the failure is a <typeparamref name="T"/> or derived from it. Inner failures are not looked at; a type that cannot be found is not.</summary>
    public bool IsCausedBy<T>() where T : Exception => IsCausedBy(typeof(T));

    /// <inheritdoc cref="IsCausedBy{T}()"/>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
        {
            throw new ArgumentException($"The type {targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        }

        return !string.IsNullOrEmpty(ErrorType) && targetBaseExceptionType.IsAssignableFrom(Find(ErrorType, targetBaseExceptionType.Assembly));
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private static Type? Find(string name, Assembly first)
    {
        if ((Type.GetType(name) ?? first.GetType(name)) is { } near)
        {
            return near;
        }

        var found = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).OfType<Type>().Take(2).ToArray();
        return found.Length < 2 ? found.FirstOrDefault() : throw new AmbiguousMatchException($"Several exception types with the name '{name}' were found.");
    }
}
