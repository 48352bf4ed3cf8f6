using static TorchSharp.Aten;

namespace TorchSharp;

// Comparisons and logic; the results are Bool tensors.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Call("eq.Tensor", this, target);
        public Tensor equal(Tensor target) => Call("eq.Tensor", this, target);
        public Tensor eq(Scalar target) => Call("eq.Scalar", this, target);
        public Tensor ne(Tensor target) => Call("ne.Tensor", this, target);
        public Tensor not_equal(Tensor target) => Call("ne.Tensor", this, target);
        public Tensor ne(Scalar target) => Call("ne.Scalar", this, target);
        public Tensor lt(Tensor target) => Call("lt.Tensor", this, target);
        public Tensor less(Tensor target) => Call("lt.Tensor", this, target);
        public Tensor lt(Scalar target) => Call("lt.Scalar", this, target);
        public Tensor le(Tensor target) => Call("le.Tensor", this, target);
        public Tensor less_equal(Tensor target) => Call("le.Tensor", this, target);
        public Tensor le(Scalar target) => Call("le.Scalar", this, target);
        public Tensor gt(Tensor target) => Call("gt.Tensor", this, target);
        public Tensor greater(Tensor target) => Call("gt.Tensor", this, target);
        public Tensor gt(Scalar target) => Call("gt.Scalar", this, target);
        public Tensor ge(Tensor target) => Call("ge.Tensor", this, target);
        public Tensor greater_equal(Tensor target) => Call("ge.Tensor", this, target);
        public Tensor ge(Scalar target) => Call("ge.Scalar", this, target);
        public Tensor eq_(Tensor target) => Change("eq_.Tensor", this, target);
        public Tensor eq_(Scalar target) => Change("eq_.Scalar", this, target);
        public Tensor logical_and(Tensor other) => Call("logical_and", this, other);
        public Tensor logical_or(Tensor other) => Call("logical_or", this, other);
        public Tensor logical_xor(Tensor other) => Call("logical_xor", this, other);
        public Tensor logical_and_(Tensor other) => Change("logical_and_", this, other);
        public Tensor logical_or_(Tensor other) => Change("logical_or_", this, other);
        public Tensor bitwise_and(Tensor other) => Call("bitwise_and.Tensor", this, other);
        public Tensor bitwise_or(Tensor other) => Call("bitwise_or.Tensor", this, other);
        public Tensor bitwise_xor(Tensor other) => Call("bitwise_xor.Tensor", this, other);
        public Tensor bitwise_and_(Tensor other) => Change("bitwise_and_.Tensor", this, other);
        public Tensor bitwise_or_(Tensor other) => Change("bitwise_or_.Tensor", this, other);
        public Tensor bitwise_left_shift(Tensor other) => Call("bitwise_left_shift.Tensor", this, other);
        public Tensor bitwise_right_shift(Tensor other) => Call("bitwise_right_shift.Tensor", this, other);
        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => Call("isclose", this, other, rtol, atol, nanEqual);
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Ask("allclose", this, target, rtol, atol, equal_nan);
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) => Call("isin.Tensor_Tensor", this, test_elements, assumeUnique, invert);
    }

    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);
    public static Tensor equal(Tensor tensor, Tensor target) => tensor.equal(target);
    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);
    public static Tensor not_equal(Tensor tensor, Tensor target) => tensor.not_equal(target);
    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);
    public static Tensor less(Tensor tensor, Tensor target) => tensor.less(target);
    public static Tensor le(Tensor left, Tensor right) => left.le(right);
    public static Tensor less_equal(Tensor tensor, Tensor target) => tensor.less_equal(target);
    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);
    public static Tensor greater(Tensor tensor, Tensor target) => tensor.greater(target);
    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);
    public static Tensor greater_equal(Tensor tensor, Tensor target) => tensor.greater_equal(target);
    public static Tensor logical_and(Tensor left, Tensor right) => left.logical_and(right);
    public static Tensor logical_or(Tensor left, Tensor right) => left.logical_or(right);
    public static Tensor logical_xor(Tensor left, Tensor right) => left.logical_xor(right);
    public static Tensor logical_and_(Tensor left, Tensor right) => left.logical_and_(right);
    public static Tensor logical_or_(Tensor left, Tensor right) => left.logical_or_(right);
    public static Tensor bitwise_and(Tensor left, Tensor right) => left.bitwise_and(right);
    public static Tensor bitwise_or(Tensor left, Tensor right) => left.bitwise_or(right);
    public static Tensor bitwise_xor(Tensor left, Tensor right) => left.bitwise_xor(right);
    public static Tensor bitwise_and_(Tensor left, Tensor right) => left.bitwise_and_(right);
    public static Tensor bitwise_or_(Tensor left, Tensor right) => left.bitwise_or_(right);
    public static Tensor bitwise_left_shift(Tensor left, Tensor right) => left.bitwise_left_shift(right);
    public static Tensor bitwise_right_shift(Tensor left, Tensor right) => left.bitwise_right_shift(right);
    public static Tensor isclose(Tensor tensor, Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => tensor.isclose(other, rtol, atol, nanEqual);
    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => tensor.allclose(target, rtol, atol, equal_nan);
    public static Tensor isin(Tensor tensor, Tensor test_elements, bool assumeUnique = false, bool invert = false) => tensor.isin(test_elements, assumeUnique, invert);
}
