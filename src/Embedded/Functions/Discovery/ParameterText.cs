using System.ComponentModel;
using System.Reflection;

namespace ServerlessTuning.Embedded.Functions.Discovery;

/// <summary>A route value, a query value or a piece of a blob path as the parameter's type.</summary>
internal static class ParameterText
{
    /// <exception cref="FormatException">The text is no such value.</exception>
    public static object? Convert(string? text, ParameterInfo parameter)
    {
        if (text is null)
        {
            return parameter.HasDefaultValue ? parameter.DefaultValue : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
        }

        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (type == typeof(string))
        {
            return text;
        }

        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new FormatException($"{parameter.Name}: found '{text}', expected {type.Name}.", e);
        }
    }
}
