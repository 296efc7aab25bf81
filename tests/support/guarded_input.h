// Copies bytes next to an inaccessible page, so that reading beyond them crashes.
// Entry: GuardedInput. Invariant: on the guarded side nothing but the given bytes is readable.
#pragma once

#include <wirejit/buffer.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wirejit::test {

class GuardedInput {
 public:
  explicit GuardedInput(std::size_t capacity = std::size_t{1} << 20) {
    page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    size_ = (capacity + page_ - 1) / page_ * page_;
    void* const p = mmap(nullptr, size_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED ||
        mprotect(static_cast<std::uint8_t*>(p) + page_, size_, PROT_READ | PROT_WRITE) != 0) {
      std::perror("guarded input");
      std::abort();
    }
    base_ = static_cast<std::uint8_t*>(p) + page_;
  }
  GuardedInput(const GuardedInput&) = delete;
  GuardedInput& operator=(const GuardedInput&) = delete;
  ~GuardedInput() { munmap(base_ - page_, size_ + 2 * page_); }

  // The bytes end where the inaccessible page begins. Valid until the next call.
  Bytes at_end(Bytes bytes) { return put(base_ + size_ - fit(bytes), bytes); }
  // The bytes begin where the inaccessible page ends. Valid until the next call.
  Bytes at_begin(Bytes bytes) {
    (void)fit(bytes);
    return put(base_, bytes);
  }

 private:
  std::size_t fit(Bytes bytes) const {
    if (bytes.size() > size_) {
      std::fprintf(stderr, "guarded input: too large\n");
      std::abort();
    }
    return bytes.size();
  }
  static Bytes put(std::uint8_t* to, Bytes bytes) {
    if (!bytes.empty()) {
      std::memmove(to, bytes.data(), bytes.size());
    }
    return {to, bytes.size()};
  }

  std::uint8_t* base_ = nullptr;
  std::size_t size_ = 0;
  std::size_t page_ = 0;
};

}  // namespace wirejit::test
