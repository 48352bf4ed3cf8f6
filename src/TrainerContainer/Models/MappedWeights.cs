using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// The weights of a folder in Hugging Face layout, mapped, not read: a tensor costs no memory until it is touched. The API has no tensor from a pointer, but
/// <see cref="from_file"/> maps a file from its start; a tensor is then a strided view at its offset, one map a file and type.
/// </summary>
public sealed class MappedWeights : WeightSource, IDisposable
{
    private readonly string folder;
    private readonly Dictionary<string, (string File, SafetensorsEntry Entry)> entries = [];
    private readonly Dictionary<(string File, ScalarType Type), Tensor> maps = [];

    /// <param name="files">Paths to read; null takes the model's own, a single file or the shards of an index.</param>
    /// <param name="keyOf">The name to know a stored tensor by; null passes it over.</param>
    /// <exception cref="BaseModelException">No safetensors file in the folder, or a tensor is missing or has another shape.</exception>
    /// <exception cref="SafetensorsFormatException">A file does not keep the format.</exception>
    public MappedWeights(string folder, ScalarType compute, Trains trains, Device device, IReadOnlyList<string>? files = null, Func<string, string?>? keyOf = null)
        : base(compute, trains, device)
    {
        this.folder = folder;
        var index = files is null ? Index(folder) : null;
        var holders = new Dictionary<string, string>();
        foreach (var file in files ?? ModelFiles(folder, index))
        {
            foreach (var entry in SafetensorsHeader.Read(file).Entries.Values)
            {
                if (!holders.TryAdd(entry.Name, Path.GetFileName(file)))
                {
                    throw Twice(Path.GetFileName(file), $"tensor {entry.Name}, which {holders[entry.Name]} holds too");
                }

                if ((keyOf is null ? entry.Name : keyOf(entry.Name)) is { } key && !entries.TryAdd(key, (file, entry)))
                {
                    throw Twice(Path.GetFileName(file), $"tensor {entry.Name}, which is known as {key} as {entries[key].Entry.Name} is");
                }
            }
        }

        if (index is not null)
        {
            SafetensorsIndex.Check(index, holders);
        }
    }

    private static SafetensorsFormatException Twice(string file, string found) => new(file, found, "every tensor once", "Leave files of another upload out of the folder.");

    /// <summary>Null when the model is not in shards.</summary>
    private static IReadOnlyDictionary<string, string>? Index(string folder)
    {
        var path = Path.Combine(folder, SafetensorsIndex.FileName);
        return File.Exists(path) ? SafetensorsIndex.Parse(File.ReadAllBytes(path)) : null;
    }

    /// <summary>model.safetensors, or the shards that the index names, or whatever safetensors files there are.</summary>
    private static string[] ModelFiles(string folder, IReadOnlyDictionary<string, string>? index)
    {
        if (index is not null)
        {
            var shards = index.Values.Distinct().Order(StringComparer.Ordinal).ToArray();
            return shards.FirstOrDefault(shard => !File.Exists(Path.Combine(folder, shard))) is { } missing ? throw BaseModelException.NotAModel(folder, missing)
                : [.. shards.Select(shard => Path.Combine(folder, shard))];
        }

        var single = Path.Combine(folder, "model.safetensors");
        string[] files = File.Exists(single) ? [single] : [.. Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw BaseModelException.NoWeights(folder);
    }

    public IEnumerable<string> Names => entries.Keys;

    public bool Holds(string name) => entries.ContainsKey(name);

    /// <summary>A tensor by name, in the type it is stored in; a view of the mapped file.</summary>
    public Tensor Stored(string name) => entries.TryGetValue(name, out var found) ? View(found.File, found.Entry)
        : throw BaseModelException.Missing(folder, name, entries.Keys);

    /// <summary>Another head than the one that the folder holds; null for that one.</summary>
    public NewHead? Head { get; init; }

    protected override Tensor Find(string name, Fresh fresh, long[] shape) =>
        Head is { } head && NewHead.Owns(name) && (!head.Keeps || !entries.ContainsKey(name)) && !(name.Contains("pooler", StringComparison.Ordinal) && entries.ContainsKey(name))
            ? RandomWeights.Fresh(head.Config, head.Seed, name, fresh, shape) : Shaped(name, shape);

    /// <summary>A tensor by name that must have a shape and hold numbers: one that is none would spread into every loss.</summary>
    public Tensor Shaped(string name, long[] shape)
    {
        var tensor = Stored(name);
        return !tensor.shape.SequenceEqual(shape) ? throw BaseModelException.Shape(folder, name, tensor.shape, shape)
            : IsFinite(tensor) ? tensor : throw BaseModelException.NotFinite(folder, name);
    }

    /// <summary>Both ends carry a NaN along; nothing of the tensor's size is made.</summary>
    private static bool IsFinite(Tensor tensor)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        return tensor.numel() == 0 || !tensor.is_floating_point() || new[] { tensor.max(), tensor.min() }.All(end => double.IsFinite(end.to(ScalarType.Float64).item<double>()));
    }

    private Tensor View(string file, SafetensorsEntry entry)
    {
        var stored = entry.Type ?? throw new SafetensorsFormatException(Path.GetFileName(file), $"tensor {entry.Name} of type {entry.TypeName}, which is not read",
            string.Join(", ", Enum.GetNames<SafetensorsType>()), "Take the model in BF16, F16 or F32.");
        var type = TypeOf(stored);
        var size = stored.Size();
        if (entry.Begin % size != 0)
        {
            return Copied(file, entry, type);
        }

        if (!maps.TryGetValue((file, type), out var map))
        {
            map = from_file(file, shared: false, size: Length(file) / size, dtype: type).DetachFromDisposeScope();
            maps.Add((file, type), map);
        }

        return map.as_strided([.. entry.Shape], Strides(entry.Shape), entry.Begin / size);
    }

    private static long Length(string file)
    {
        using var handle = File.OpenHandle(file); // FileInfo would tell the length of a link, not of what it names
        return RandomAccess.GetLength(handle);
    }

    /// <summary>Some writers do not align; such a tensor cannot be viewed.</summary>
    private static Tensor Copied(string file, SafetensorsEntry entry, ScalarType type)
    {
        var tensor = empty([.. entry.Shape], dtype: type);
        using var stream = File.OpenRead(file);
        stream.Position = entry.Begin;
        stream.ReadExactly(tensor.bytes);
        return tensor;
    }

    private static long[] Strides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var stride = 1L;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        return strides;
    }

    private static ScalarType TypeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => ScalarType.Float32,
        SafetensorsType.BF16 => ScalarType.BFloat16,
        SafetensorsType.F16 => ScalarType.Float16,
        SafetensorsType.F64 => ScalarType.Float64,
        SafetensorsType.I64 => ScalarType.Int64,
        SafetensorsType.I32 => ScalarType.Int32,
        SafetensorsType.I16 => ScalarType.Int16,
        SafetensorsType.I8 => ScalarType.Int8,
        SafetensorsType.U8 => ScalarType.Byte,
        _ => ScalarType.Bool,
    };

    public void Dispose()
    {
        foreach (var map in maps.Values)
        {
            map.Dispose();
        }
    }
}
