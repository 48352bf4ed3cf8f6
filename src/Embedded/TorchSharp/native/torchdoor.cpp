// The one door into libtorch. It looks an operator up by its schema name, calls it boxed through the dispatcher, runs
// backward, and reads what a tensor is. Everything else of TorchSharp is C# on top, so a new operator needs no C++.
// Compiles against libtorch 1.13 to 2.x; CUDA comes with the libtorch that is linked.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

using at::Tensor;
using c10::IValue;
using Impl = c10::TensorImpl;
#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {
enum Tag : int32_t { None, ATensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, ADevice, Text, AGenerator };

// One argument or result. The C# side has the same layout.
struct Value {
    int32_t tag;
    int32_t count;                                     // of a list or text
    union { int64_t i; double d; void* p; };
};

thread_local std::string lastError;

template <class F> int32_t guarded(F&& body) {
    try { body(); return 0; }
    catch (const c10::Error& e) { lastError = e.what_without_backtrace(); }
    catch (const std::exception& e) { lastError = e.what(); }
    catch (...) { lastError = "unknown C++ exception"; }
    return 1;
}

// A handle is one owned reference to a TensorImpl; null is the undefined tensor.
Tensor borrow(void* handle) {
    if (!handle) return {};
    return Tensor(c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>::reclaim_copy(static_cast<Impl*>(handle)));
}
void* give(Tensor t) { return t.defined() ? t.unsafeReleaseTensorImpl() : nullptr; }

std::vector<Tensor> borrowAll(void* const* handles, int32_t count) {
    std::vector<Tensor> all;
    all.reserve(count);
    for (int32_t k = 0; k < count; k++) all.push_back(borrow(handles[k]));
    return all;
}

IValue unpack(const Value& v) {
    switch (v.tag) {
        case ATensor: return borrow(v.p);
        case Int: return v.i;
        case Double: return v.d;
        case Bool: return v.i != 0;
        case IntList: return IValue(at::IntArrayRef(static_cast<int64_t*>(v.p), v.count));
        case DoubleList: return IValue(at::ArrayRef<double>(static_cast<double*>(v.p), v.count));
        case TensorList: return IValue(borrowAll(static_cast<void**>(v.p), v.count));
        case OptionalTensorList: {
            c10::impl::GenericList list(c10::OptionalType::ofTensor());
            for (auto& t : borrowAll(static_cast<void**>(v.p), v.count)) list.push_back(t.defined() ? IValue(t) : IValue());
            return list;
        }
        case ADevice: return c10::Device(static_cast<c10::DeviceType>(v.i), static_cast<c10::DeviceIndex>(v.count));
        case Text: return std::string(static_cast<char*>(v.p), v.count);
        case AGenerator: return *static_cast<at::Generator*>(v.p);
        default: return {};
    }
}

// A list of tensors leaves as an array the caller gives back with door_free_array.
Value pack(const IValue& v) {
    Value r{None, 0, {0}};
    if (v.isTensor()) { r.tag = ATensor; r.p = give(v.toTensor()); }
    else if (v.isInt()) { r.tag = Int; r.i = v.toInt(); }
    else if (v.isDouble()) { r.tag = Double; r.d = v.toDouble(); }
    else if (v.isBool()) { r.tag = Bool; r.i = v.toBool(); }
    else if (v.isTensorList()) {
        auto list = v.toTensorVector();
        auto handles = new void*[list.size()];
        for (size_t k = 0; k < list.size(); k++) handles[k] = give(std::move(list[k]));
        r.tag = TensorList; r.count = static_cast<int32_t>(list.size()); r.p = handles;
    }
    return r;
}
}

EXPORT const char* door_error() { return lastError.c_str(); }
EXPORT const char* door_version() { return TORCH_VERSION; }

// Null when this libtorch has no such operator.
EXPORT void* door_find(const char* name, const char* overload) {
    auto op = c10::Dispatcher::singleton().findSchema({name, overload});
    return op ? new c10::OperatorHandle(*op) : nullptr;
}
EXPORT const char* door_schema(void* op) {
    static thread_local std::string text;
    text = toString(static_cast<c10::OperatorHandle*>(op)->schema());
    return text.c_str();
}

// Missing trailing arguments take the schema's defaults. Results: at most `capacity`, their number in `found`; an in-place
// call asks for none.
EXPORT int32_t door_call(void* op, const Value* arguments, int32_t count, Value* results, int32_t capacity, int32_t* found) {
    return guarded([&] {
        auto& handle = *static_cast<c10::OperatorHandle*>(op);
        auto& formal = handle.schema().arguments();
        TORCH_CHECK(count <= static_cast<int32_t>(formal.size()), "takes ", formal.size(), " arguments, got ", count);
        torch::jit::Stack stack;
        stack.reserve(formal.size());
        for (int32_t k = 0; k < count; k++) stack.push_back(unpack(arguments[k]));
        for (size_t k = count; k < formal.size(); k++) {
            TORCH_CHECK(formal[k].default_value() || formal[k].type()->kind() == c10::TypeKind::OptionalType, "misses argument ", formal[k].name());
            stack.push_back(formal[k].default_value() ? *formal[k].default_value() : IValue());
        }
        handle.callBoxed(&stack);
        *found = capacity == 0 ? 0 : static_cast<int32_t>(stack.size());
        TORCH_CHECK(*found <= capacity, "returned ", *found, " results, expected at most ", capacity);
        for (int32_t k = 0; k < *found; k++) results[k] = pack(stack[k]);
    });
}

EXPORT void door_free(void* tensor) { Tensor(c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>::reclaim(static_cast<Impl*>(tensor))); }
EXPORT void door_free_array(void** handles) { delete[] handles; }
EXPORT void* door_share(void* tensor) { return give(borrow(tensor)); }

struct Facts { int64_t dimensions, elements, elementSize, offset, version; int32_t dtype, deviceType, deviceIndex, requiresGrad, isLeaf, isContiguous; };
EXPORT int32_t door_facts(void* tensor, Facts* f) {
    return guarded([&] {
        auto t = borrow(tensor);
        *f = {t.dim(), t.numel(), static_cast<int64_t>(t.element_size()), t.storage_offset(), t.is_inference() ? 0 : t._version(),
              static_cast<int32_t>(t.scalar_type()), static_cast<int32_t>(t.device().type()), t.device().index(),
              t.requires_grad(), t.is_leaf(), t.is_contiguous()};
    });
}
EXPORT int64_t door_dimensions(void* tensor) { return static_cast<Impl*>(tensor)->dim(); }
EXPORT void door_sizes(void* tensor, int64_t* sizes) { auto s = static_cast<Impl*>(tensor)->sizes(); std::copy(s.begin(), s.end(), sizes); }
EXPORT int32_t door_strides(void* tensor, int64_t* strides) { return guarded([&] { auto s = borrow(tensor).strides(); std::copy(s.begin(), s.end(), strides); }); }
EXPORT int32_t door_dtype(void* tensor) { return static_cast<int32_t>(c10::typeMetaToScalarType(static_cast<Impl*>(tensor)->dtype())); }
EXPORT int32_t door_data(void* tensor, void** data) { return guarded([&] { *data = borrow(tensor).data_ptr(); }); }

EXPORT int32_t door_set_requires_grad(void* tensor, int32_t on) { return guarded([&] { borrow(tensor).requires_grad_(on != 0); }); }
EXPORT int32_t door_grad(void* tensor, void** grad) { return guarded([&] { *grad = give(borrow(tensor).mutable_grad()); }); }
EXPORT int32_t door_set_grad(void* tensor, void* grad) { return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); }); }

// inputs null: gradients are accumulated into the leaves. results null likewise; else one (or null) for each input.
EXPORT int32_t door_backward(void* const* outputs, void* const* gradients, int32_t outputCount, void* const* inputs, int32_t inputCount,
                             int32_t retainGraph, int32_t createGraph, int32_t allowUnused, void** results) {
    return guarded([&] {
        auto roots = borrowAll(outputs, outputCount);
        auto seeds = gradients ? borrowAll(gradients, outputCount) : std::vector<Tensor>();
        auto leaves = borrowAll(inputs, inputCount);
        if (!results) return torch::autograd::backward(roots, seeds, retainGraph != 0, createGraph != 0, leaves);
        auto grads = torch::autograd::grad(roots, leaves, seeds, retainGraph != 0, createGraph != 0, allowUnused != 0);
        for (size_t k = 0; k < grads.size(); k++) results[k] = give(std::move(grads[k]));
    });
}

EXPORT int32_t door_grad_mode() { return c10::GradMode::is_enabled(); }
EXPORT void door_set_grad_mode(int32_t on) { c10::GradMode::set_enabled(on != 0); }
EXPORT int32_t door_is_inference_mode() { return c10::InferenceMode::is_enabled(); }
EXPORT void* door_enter_inference_mode(int32_t on) { return new c10::InferenceMode(on != 0); }
EXPORT void door_leave_inference_mode(void* mode) { delete static_cast<c10::InferenceMode*>(mode); }

EXPORT int32_t door_seed(int64_t seed) { return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); }); }
EXPORT void* door_default_generator() { return new at::Generator(at::detail::getDefaultCPUGenerator()); }
EXPORT void* door_new_generator(uint64_t seed) { return new at::Generator(at::detail::createCPUGenerator(seed)); }
EXPORT void door_free_generator(void* generator) { delete static_cast<at::Generator*>(generator); }
EXPORT uint64_t door_generator_seed(void* generator) { return static_cast<at::Generator*>(generator)->current_seed(); }
EXPORT int32_t door_set_generator_seed(void* generator, uint64_t seed) { return guarded([&] { static_cast<at::Generator*>(generator)->set_current_seed(seed); }); }
EXPORT int32_t door_generator_state(void* generator, void** state) { return guarded([&] { *state = give(static_cast<at::Generator*>(generator)->get_state()); }); }
EXPORT int32_t door_set_generator_state(void* generator, void* state) { return guarded([&] { static_cast<at::Generator*>(generator)->set_state(borrow(state)); }); }

EXPORT int32_t door_threads(int32_t interop) { return interop ? at::get_num_interop_threads() : at::get_num_threads(); }
EXPORT int32_t door_set_threads(int32_t count, int32_t interop) { return guarded([&] { interop ? at::set_num_interop_threads(count) : at::set_num_threads(count); }); }

EXPORT int32_t door_cuda_devices() {
    return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA) ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() : 0;
}
EXPORT int32_t door_cuda_synchronize(int32_t device) { return guarded([&] { at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(device)); }); }
