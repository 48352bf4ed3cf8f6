namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A value was used in a way that Python would refuse. Whoever knows the place in the template adds it.</summary>
internal sealed class PythonError(string message) : Exception(message);
