// libtorch asks the system for the memory of every large tensor and gives it back, and the system fills each page with zeros anew: in a
// training step that is a third of the time. Here freed blocks are kept for the next tensor of the same size, in huge pages where the
// system has them. What is kept never raises the peak: used and kept together stay within the most that was ever used.
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <sys/mman.h>
#include <unordered_map>

namespace {
constexpr size_t Page = 4 << 10, Step = 64 << 10, Huge = 2 << 20, Smallest = 256 << 10;

struct Block { void* data; size_t size; };

class KeptMemory final : public c10::Allocator {
    std::mutex mutex;
    std::deque<Block> kept;                                   // the longest free one first
    std::unordered_map<void*, size_t> used;
    size_t usedBytes = 0, keptBytes = 0, mostUsed = 0;

    void* reuse(size_t size) {
        for (auto block = kept.rbegin(); block != kept.rend(); ++block) {
            if (block->size == size) {
                auto data = block->data;
                kept.erase(std::next(block).base());
                keptBytes -= size;
                return data;
            }
        }
        return nullptr;
    }

    void giveBackAbove(size_t most) {
        for (; keptBytes > most; kept.pop_front()) {
            munmap(kept.front().data, kept.front().size);
            keptBytes -= kept.front().size;
        }
    }

    // Null when there is none. Huge pages need their own alignment: map more, give the edges back.
    static void* ask(size_t size) {
        size_t more = size >= Huge ? Huge : 0;
        auto at = mmap(nullptr, size + more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) return nullptr;
        auto begin = reinterpret_cast<uintptr_t>(at), data = more ? (begin + more - 1) / more * more : begin;
        if (data > begin) munmap(at, data - begin);
        if (begin + more > data) munmap(reinterpret_cast<void*>(data + size), begin + more - data);
        if (more) madvise(reinterpret_cast<void*>(data), size, MADV_HUGEPAGE);
        return reinterpret_cast<void*>(data);
    }

    void* take(size_t size) {
        std::lock_guard<std::mutex> guard(mutex);
        mostUsed = std::max(mostUsed, usedBytes + size);
        auto data = reuse(size);
        if (!data) {
            giveBackAbove(mostUsed - usedBytes - size);
            data = ask(size);
        }
        if (!data) {
            giveBackAbove(0);
            data = ask(size);
        }
        if (data) {
            used[data] = size;
            usedBytes += size;
        }
        return data;
    }

    // True when it was ours.
    bool keep(void* data) {
        std::lock_guard<std::mutex> guard(mutex);
        auto found = used.find(data);
        if (found == used.end()) return false;
        kept.push_back({data, found->second});
        usedBytes -= found->second;
        keptBytes += found->second;
        used.erase(found);
        return true;
    }

public:
    static KeptMemory& only() {
        static auto memory = new KeptMemory;                  // outlives every tensor
        return *memory;
    }

    // One deleter for all, as libtorch wants it: large blocks begin at a page, small ones are libtorch's own.
    static void release(void* data) {
        bool mayBeOurs = reinterpret_cast<uintptr_t>(data) % Page == 0;
        if (data && !(mayBeOurs && only().keep(data))) c10::free_cpu(data);
    }

    // libtorch 2.3 took the const away: one of the two overrides, whichever version this is.
    c10::DataPtr allocate(size_t bytes) const { return only().allocate(bytes); }
    c10::DataPtr allocate(size_t bytes) {
        auto data = bytes < Smallest ? nullptr : take((bytes + Step - 1) / Step * Step);
        if (!data) data = c10::alloc_cpu(bytes);              // small, or it fails with libtorch's own words
        return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }    // from 2.2 on
};

const bool installed = (c10::SetCPUAllocator(&KeptMemory::only(), 1), true);
}
