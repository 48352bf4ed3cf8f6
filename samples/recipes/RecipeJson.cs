using System.Text.Encodings.Web;
using System.Text.Json;

namespace ServerlessTuning.Recipes;

/// <summary>JSON that a person can read: quotes and dashes as they are.</summary>
public static class RecipeJson
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
