using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// Something with parameters, buffers and submodules. <see cref="RegisterComponents"/>, called at the end of a constructor, registers
        /// the fields under their names, so a field has its checkpoint key's name.
        /// </summary>
        public class Module : IDisposable
        {
            protected OrderedDict<string, Module> _internal_submodules = [];
            protected OrderedDict<string, (Tensor, bool)> _internal_buffers = [];
            protected OrderedDict<string, Parameter> _internal_params = [];
            protected DeviceType _deviceType = DeviceType.CPU;
            protected int _deviceIndex = -1;
            protected string? name;

            /// <summary>Set by modules whose own setters register what they hold.</summary>
            internal bool areComponentsRegistered;
            private bool disposed;
            private bool isTraining = true;

            protected Module(string name) => this.name = name;

            ~Module() => Dispose(false);

            public virtual bool training => isTraining;

            public virtual string GetName() => name ?? GetType().Name;

            public virtual void train(bool train = true)
            {
                isTraining = train;
                foreach (var (_, child) in named_children())
                {
                    child.train(train);
                }
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in _internal_submodules)
                {
                    child.apply(fn);
                }
                fn(this);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null)
                    {
                        continue;
                    }
                    if (set_to_none)
                    {
                        parameter.grad = null;
                    }
                    else
                    {
                        gradient.zero_();
                    }
                }
            }

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                HashSet<nint> seen = [];
                return _internal_params.Entries.Concat(recurse ? Below(child => child.named_parameters()) : [])
                    .Where(entry => !entry.Item2.IsInvalid && seen.Add(entry.Item2.Handle));
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                HashSet<nint> seen = [];
                return _internal_buffers.Entries.Where(entry => include_nonpersistent || entry.Item2.Item2).Select(entry => (entry.Item1, entry.Item2.Item1))
                    .Concat(recurse ? Below(child => child.named_buffers(true, include_nonpersistent)) : [])
                    .Where(entry => !entry.Item2.IsInvalid && seen.Add(entry.Item2.Handle));
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(entry => entry.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            public virtual IEnumerable<Module> children() => named_children().Select(entry => entry.module);

            public virtual IEnumerable<(string name, Module module)> named_modules() => _internal_submodules.Entries.Concat(Below(child => child.named_modules()));

            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            private IEnumerable<(string, T)> Below<T>(Func<Module, IEnumerable<(string, T)>> list) =>
                _internal_submodules.Entries.SelectMany(child => list(child.Item2).Select(entry => ($"{child.Item1}.{entry.Item1}", entry.Item2)));

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual Parameter? get_parameter(string target) =>
                _internal_params.TryGetValue(target, out var own) ? own : Child(target) is var (child, rest) ? child.get_parameter(rest) : null;

            public virtual Tensor? get_buffer(string target) =>
                _internal_buffers.TryGetValue(target, out var own) ? own.Item1 : Child(target) is var (child, rest) ? child.get_buffer(rest) : null;

            private (Module, string)? Child(string target)
            {
                var dot = target.IndexOf('.', StringComparison.Ordinal);
                return dot > 0 && _internal_submodules.TryGetValue(target[..dot], out var child) ? (child, target[(dot + 1)..]) : null;
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                {
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                }
                if (_internal_params.ContainsKey(name))
                {
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
                }
                _internal_params.Add(name, param);
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                {
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                }
                if (_internal_buffers.ContainsKey(name))
                {
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
                }
                _internal_buffers.Add(name, (tensor, persistent));
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    _internal_submodules.Remove(name);
                    return;
                }
                if (string.IsNullOrEmpty(name) || name.Contains('.', StringComparison.Ordinal))
                {
                    throw new ArgumentException($"module name can't be empty or contain \".\", got: {name}");
                }
                if (_internal_submodules.ContainsKey(name))
                {
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                }
                submodule.RegisterComponents();
                _internal_submodules.Add(name, submodule);
            }

            /// <summary>Registers every field that is a module, a parameter or a tensor, under the field's name.</summary>
            protected virtual void RegisterComponents()
            {
                if (areComponentsRegistered)
                {
                    return;
                }
                foreach (var field in Fields())
                {
                    if (_internal_submodules.ContainsKey(field.Name) || _internal_params.ContainsKey(field.Name) || _internal_buffers.ContainsKey(field.Name))
                    {
                        continue;
                    }
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
                areComponentsRegistered = true;
            }

            protected void ClearModules() => _internal_submodules.Clear();

            protected void ConditionallyRegisterParameter(string name, Tensor? value) => ConditionallyRegisterParameter(name, value as Parameter);

            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null)
                {
                    _internal_params.Remove(name);
                }
                else
                {
                    _internal_params[name] = value;
                }
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null)
                {
                    _internal_buffers.Remove(name);
                }
                else
                {
                    _internal_buffers[name] = (value, persistent);
                }
            }

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var entries = named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter)).Concat(named_buffers(include_nonpersistent: false));
                foreach (var (key, tensor) in entries)
                {
                    destination.TryAdd(string.IsNullOrEmpty(prefix) ? key : $"{prefix}.{key}", tensor);
                }
                return destination;
            }

            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                List<string> missing = [.. destination.Keys.Except(source.Keys).Except(skip ?? [])];
                List<string> unexpected = [.. source.Keys.Except(destination.Keys).Except(skip ?? [])];
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary. "
                        + $"Missing: {string.Join(", ", missing)}. Unexpected: {string.Join(", ", unexpected)}.");
                }
                using var _ = no_grad();
                foreach (var key in source.Keys.Intersect(destination.Keys).Except(skip ?? []))
                {
                    destination[key].copy_(source[key]);
                }
                return (missing, unexpected);
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Disposes the parameters, the buffers and the submodules.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || disposed)
                {
                    return;
                }
                disposed = true;
                foreach (var (_, buffer) in _internal_buffers)
                {
                    buffer.Item1.Dispose();
                }
                foreach (var (_, parameter) in _internal_params)
                {
                    parameter.Dispose();
                }
                foreach (var (_, child) in _internal_submodules)
                {
                    child.Dispose();
                }
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Move(dtype, null);

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Move(null, new Device(deviceType, deviceIndex));

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Move(dtype, device);

            public Module _to(Tensor other, bool non_blocking) => Move(other.dtype, other.device);

            private Module Move(ScalarType? dtype, Device? device)
            {
                if (dtype is { } type && !is_floating_point(type) && !is_complex(type))
                {
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
                }
                if (device is not null)
                {
                    InitializeDeviceType(device.type);
                }
                foreach (var (_, child) in named_children())
                {
                    child.Move(dtype, device);
                }
                foreach (var (key, parameter) in _internal_params)
                {
                    if (ReplaceParameter(dtype, device, parameter, out var moved))
                    {
                        Replace(key, parameter, moved!);
                        ConditionallyRegisterParameter(key, moved);
                    }
                }
                foreach (var (key, (buffer, persistent)) in _internal_buffers)
                {
                    if (ReplaceBuffer(dtype, device, buffer, out var moved))
                    {
                        Replace(key, buffer, moved!);
                        ConditionallyRegisterBuffer(key, moved, persistent);
                    }
                }
                if (device is not null)
                {
                    (_deviceType, _deviceIndex) = (device.type, device.index);
                }
                return this;
            }

            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                p = null;
                var type = dtype is { } wanted && param.is_floating_point() ? wanted : param.dtype;
                if (!param.WouldCopy(type, device ?? param.device))
                {
                    return false;
                }
                using var _ = no_grad();
                using var gradient = param.grad;
                p = new Parameter(param.to(type, device ?? param.device), param.requires_grad);
                p.DetachFromDisposeScope();
                if (gradient is not null)
                {
                    using var moved = gradient.to(type, device ?? param.device);
                    p.grad = moved;
                }
                return true;
            }

            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                result = null;
                var type = dtype is { } wanted && buffer.is_floating_point() ? wanted : buffer.dtype;
                if (!buffer.WouldCopy(type, device ?? buffer.device))
                {
                    return false;
                }
                result = buffer.to(type, device ?? buffer.device).DetachFromDisposeScope();
                return true;
            }

            /// <summary>Puts the moved tensor into the fields that hold the old one, and disposes that.</summary>
            private void Replace(string key, Tensor old, Tensor moved)
            {
                foreach (var field in Fields())
                {
                    if (ReferenceEquals(field.GetValue(this), old))
                    {
                        field.SetValue(this, moved);
                    }
                }
                old.Dispose();
            }

            private IEnumerable<FieldInfo> Fields()
            {
                HashSet<string> seen = [];
                for (var type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                {
                    foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                    {
                        if (seen.Add(field.Name))
                        {
                            yield return field;
                        }
                    }
                }
            }
        }
    }
}
