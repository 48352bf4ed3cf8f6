using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // x[1, 2..5, TensorIndex.Ellipsis]: positions and slices give views; tensors of positions and masks pick elements.
    public partial class Tensor
    {
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Place(value, i1);
        }

        public Tensor this[long i1, long i2]
        {
            get => index((TensorIndex)i1, i2);
            set => Place(value, i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index((TensorIndex)i1, i2, i3);
            set => Place(value, i1, i2, i3);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index((TensorIndex)i1, i2, i3, i4);
            set => Place(value, i1, i2, i3, i4);
        }

        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Place(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor index(params Tensor[] indices) => Call("index.Tensor", this, Argument.Indices(indices));

        public Tensor index(params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var (view, picks) = Resolve(indices);
            var result = picks.Count == 0 ? view : Call("index.Tensor", view, Argument.Indices([.. picks]));
            return (result == (object)this ? alias() : result).MoveToOuterDisposeScope();
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Change("index_put_", this, Argument.Indices(indices), value, accumulate);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            using var scope = NewDisposeScope();
            var (view, picks) = Resolve(indices);
            if (picks.Count > 0)
            {
                Change("index_put_", view, Argument.Indices([.. picks]), value, accumulate);
            }
            else if (accumulate)
            {
                view.add_(value);
            }
            else
            {
                view.copy_(value);
            }
            return this;
        }

        private void Place(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        /// <summary>Applies what makes a view; what remains is one entry a dimension, null for all of it.</summary>
        private (Tensor View, List<Tensor?> Picks) Resolve(TensorIndex[] indices)
        {
            var view = this;
            List<Tensor?> picks = [];
            var at = 0L;
            for (var k = 0; k < indices.Length; k++)
            {
                var index = indices[k];
                switch (index.kind)
                {
                    case TensorIndex.Kind.Single:
                        view = view.select(at, index.start!.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        view = index is { start: null, stop: null, step: null }
                            ? view
                            : Call("slice.Tensor", view, at, index.start, index.stop, index.step ?? 1);
                        at++;
                        break;
                    case TensorIndex.Kind.None:
                        view = view.unsqueeze(at++);
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        at = view.dim() - indices[(k + 1)..].Sum(Consumed);
                        break;
                    case TensorIndex.Kind.Tensor:
                        while (picks.Count < at)
                        {
                            picks.Add(null);
                        }
                        picks.Add(index.tensor);
                        at += Consumed(index);
                        break;
                }
            }
            return (view, picks);
        }

        private static long Consumed(TensorIndex index) => index.kind switch
        {
            TensorIndex.Kind.None or TensorIndex.Kind.Ellipsis => 0,
            TensorIndex.Kind.Tensor when index.tensor!.dtype == ScalarType.Bool => index.tensor.dim(),
            _ => 1,
        };
    }
}
