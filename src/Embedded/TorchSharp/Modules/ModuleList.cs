using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules in order, registered as 0, 1, ... when the list itself is registered.</summary>
    public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
    {
        private readonly List<T> list = [];

        private bool registered;

        public ModuleList(params T[] modules) : base(nameof(ModuleList<>)) => list.AddRange(modules);

        public T this[int index]
        {
            get => list[index];
            set => list[index] = value;
        }

        public int Count => list.Count;

        public bool IsReadOnly => false;

        protected override void RegisterComponents()
        {
            if (registered)
            {
                return;
            }
            for (var k = 0; k < list.Count; k++)
            {
                register_module($"{k}", list[k]);
            }
            registered = true;
        }

        public void Add(T item) => list.Add(item);
        public void append(params T[] parameters) => list.AddRange(parameters);
        public void extend(IEnumerable<T> modules) => list.AddRange(modules);
        public void Clear() => list.Clear();
        public bool Contains(T item) => list.Contains(item);
        public void CopyTo(T[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);
        public int IndexOf(T item) => list.IndexOf(item);
        public void Insert(int index, T item) => list.Insert(index, item);
        public bool Remove(T item) => list.Remove(item);
        public void RemoveAt(int index) => list.RemoveAt(index);
        public IEnumerator<T> GetEnumerator() => list.GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static Modules.ModuleList<Module> ModuleList(params Module[] modules) => new(modules);
        }
    }
}
