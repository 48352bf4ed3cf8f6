namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        public interface IModule<T1, T2, T3, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3);
        }

        public interface IModule<T1, T2, T3, T4, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4);
        }

        public interface IModule<T1, T2, T3, T4, T5, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);
        }

        public interface IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);
        }

        /// <summary>A module whose call runs hooks before and after forward.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            protected Dictionary<string, TPreHook> pre_hooks = [];
            protected Dictionary<string, TPostHook> post_hooks = [];
            protected Dictionary<string, Action<Module>> module_pre_hooks = [];
            protected Dictionary<string, Action<Module>> module_post_hooks = [];

            private int hooksMade;

            protected HookableModule(string name) : base(name)
            {
            }

            public HookRemover register_forward_hook(TPostHook hook) => Added(post_hooks, hook);

            public HookRemover register_forward_pre_hook(TPreHook hook) => Added(pre_hooks, hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Added(module_post_hooks, hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Added(module_pre_hooks, hook);

            internal bool HasHooks => hooksMade > 0;

            private HookRemover Added<THook>(Dictionary<string, THook> hooks, THook hook)
            {
                var key = (++hooksMade).ToString();
                hooks.Add(key, hook);
                return new HookRemover(this, key);
            }

            internal void Run(Dictionary<string, Action<Module>> hooks)
            {
                foreach (var hook in hooks.Values)
                {
                    hook(this);
                }
            }

            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove() =>
                    _ = module.pre_hooks.Remove(key) || module.post_hooks.Remove(key) || module.module_pre_hooks.Remove(key) || module.module_post_hooks.Remove(key);
            }
        }

        public abstract class Module<T, TResult>
            : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input)
            {
                if (!HasHooks)
                {
                    return forward(input);
                }
                Run(module_pre_hooks);
                foreach (var hook in pre_hooks.Values)
                {
                    if (hook(this, input) is { } modified)
                    {
                        input = modified;
                    }
                }
                var result = forward(input);
                foreach (var hook in post_hooks.Values)
                {
                    result = hook(this, input, result) ?? result;
                }
                Run(module_post_hooks);
                return result;
            }
        }

        public abstract class Module<T1, T2, TResult>
            : HookableModule<Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>, Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>, IModule<T1, T2, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2)
            {
                if (!HasHooks)
                {
                    return forward(input1, input2);
                }
                Run(module_pre_hooks);
                foreach (var hook in pre_hooks.Values)
                {
                    if (hook(this, input1, input2) is { } modified)
                    {
                        (input1, input2) = modified;
                    }
                }
                var result = forward(input1, input2);
                foreach (var hook in post_hooks.Values)
                {
                    result = hook(this, input1, input2, result) ?? result;
                }
                Run(module_post_hooks);
                return result;
            }
        }

        public abstract class Module<T1, T2, T3, TResult>
            : HookableModule<Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>, Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult>>, IModule<T1, T2, T3, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            public TResult call(T1 input1, T2 input2, T3 input3)
            {
                if (!HasHooks)
                {
                    return forward(input1, input2, input3);
                }
                Run(module_pre_hooks);
                foreach (var hook in pre_hooks.Values)
                {
                    if (hook(this, input1, input2, input3) is { } modified)
                    {
                        (input1, input2, input3) = modified;
                    }
                }
                var result = forward(input1, input2, input3);
                foreach (var hook in post_hooks.Values)
                {
                    result = hook(this, input1, input2, input3, result) ?? result;
                }
                Run(module_post_hooks);
                return result;
            }
        }

        public abstract class Module<T1, T2, T3, T4, TResult>
            : HookableModule<Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, (T1, T2, T3, T4)?>, Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult>>, IModule<T1, T2, T3, T4, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                if (!HasHooks)
                {
                    return forward(input1, input2, input3, input4);
                }
                Run(module_pre_hooks);
                foreach (var hook in pre_hooks.Values)
                {
                    if (hook(this, input1, input2, input3, input4) is { } modified)
                    {
                        (input1, input2, input3, input4) = modified;
                    }
                }
                var result = forward(input1, input2, input3, input4);
                foreach (var hook in post_hooks.Values)
                {
                    result = hook(this, input1, input2, input3, input4, result) ?? result;
                }
                Run(module_post_hooks);
                return result;
            }
        }

        public abstract class Module<T1, T2, T3, T4, T5, TResult>
            : HookableModule<Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, (T1, T2, T3, T4, T5)?>, Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, TResult, TResult>>, IModule<T1, T2, T3, T4, T5, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5)
            {
                if (!HasHooks)
                {
                    return forward(input1, input2, input3, input4, input5);
                }
                Run(module_pre_hooks);
                foreach (var hook in pre_hooks.Values)
                {
                    if (hook(this, input1, input2, input3, input4, input5) is { } modified)
                    {
                        (input1, input2, input3, input4, input5) = modified;
                    }
                }
                var result = forward(input1, input2, input3, input4, input5);
                foreach (var hook in post_hooks.Values)
                {
                    result = hook(this, input1, input2, input3, input4, input5, result) ?? result;
                }
                Run(module_post_hooks);
                return result;
            }
        }

        public abstract class Module<T1, T2, T3, T4, T5, T6, TResult>
            : HookableModule<Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, (T1, T2, T3, T4, T5, T6)?>, Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, TResult, TResult>>, IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6)
            {
                if (!HasHooks)
                {
                    return forward(input1, input2, input3, input4, input5, input6);
                }
                Run(module_pre_hooks);
                foreach (var hook in pre_hooks.Values)
                {
                    if (hook(this, input1, input2, input3, input4, input5, input6) is { } modified)
                    {
                        (input1, input2, input3, input4, input5, input6) = modified;
                    }
                }
                var result = forward(input1, input2, input3, input4, input5, input6);
                foreach (var hook in post_hooks.Values)
                {
                    result = hook(this, input1, input2, input3, input4, input5, input6, result) ?? result;
                }
                Run(module_post_hooks);
                return result;
            }
        }
    }
}
