using System.Diagnostics.CodeAnalysis;
using Azure.Core.Serialization;
using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>The worker's serializer as the durable engine's: on Azure too all that an app writes goes through <c>WorkerOptions.Serializer</c>.</summary>
internal sealed class SerializerConverter(ObjectSerializer serializer) : DataConverter
{
    [return: NotNullIfNotNull(nameof(value))]
    public override string? Serialize(object? value) => value is null ? null : serializer.Serialize(value, value.GetType(), default).ToString();

    [return: NotNullIfNotNull(nameof(data))]
    public override object? Deserialize(string? data, Type targetType) => data is null ? null : serializer.Deserialize(new BinaryData(data).ToStream(), targetType, default)!;
}
