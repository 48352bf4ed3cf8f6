using Microsoft.Azure.Functions.Worker.Converters;
using ServerlessTuning.Embedded.Functions.Http;

namespace Microsoft.Azure.Functions.Worker.Converters
{
    [AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Class)]
    public class InputConverterAttribute(Type converterType) : Attribute
    {
        public Type ConverterType { get; } = converterType;
    }
}

namespace Microsoft.Azure.Functions.Worker.Http
{
    /// <summary>The request's body, JSON read by <see cref="WorkerOptions.Serializer"/>, is the parameter.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class FromBodyAttribute : InputConverterAttribute
    {
        public FromBodyAttribute()
            : base(typeof(BodyReader))
        {
        }
    }
}
