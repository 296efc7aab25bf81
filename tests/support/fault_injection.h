// Failing allocations, for tests that let each allocation of a call fail in turn.
// Entry: inject. It replaces malloc and operator new of the whole process: one file of a test
// includes it. Invariant: allocations fail only while `Faults` is armed, and on its thread.
#pragma once

#include <wirejit/error.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define WIREJIT_UNDER_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WIREJIT_UNDER_SANITIZER 1
#endif

namespace wirejit::test {

struct Faults {
  bool armed = false;
  long allowed = 0;     // allocations until one fails
  bool failed = false;  // one has failed
  long live = 0;  // blocks of this thread, except those of functions that are not replaced here

  bool fail_allocation() {
    if (!armed || allowed-- != 0) {
      return false;
    }
    failed = true;
    return true;
  }
  static Faults& get() {
    static thread_local constinit Faults faults;
    return faults;
  }
};

}  // namespace wirejit::test

// A sanitizer's malloc must not be replaced: with a sanitizer only operator new fails, and the
// sanitizer finds leaks.
#ifdef WIREJIT_UNDER_SANITIZER
namespace wirejit::test {
inline constexpr bool malloc_fails = false;
}
static void* take(std::size_t size) noexcept {
  auto& f = wirejit::test::Faults::get();
  void* p = f.fail_allocation() ? nullptr : std::malloc(size);
  f.live += p != nullptr;
  return p;
}
static void give_back(void* p) noexcept {
  wirejit::test::Faults::get().live -= p != nullptr;
  std::free(p);
}
#else
namespace wirejit::test {
inline constexpr bool malloc_fails = true;
}
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the C library's names.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void __libc_free(void*);
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

void* malloc(std::size_t size) noexcept {
  auto& f = wirejit::test::Faults::get();
  void* p = f.fail_allocation() ? nullptr : __libc_malloc(size);
  f.live += p != nullptr;
  return p;
}
void* calloc(std::size_t n, std::size_t size) noexcept {
  auto& f = wirejit::test::Faults::get();
  void* p = f.fail_allocation() ? nullptr : __libc_calloc(n, size);
  f.live += p != nullptr;
  return p;
}
void* realloc(void* old, std::size_t size) noexcept {
  auto& f = wirejit::test::Faults::get();
  void* p = f.fail_allocation() ? nullptr : __libc_realloc(old, size);
  f.live += old == nullptr && p != nullptr;
  return p;
}
void free(void* p) noexcept {
  wirejit::test::Faults::get().live -= p != nullptr;
  __libc_free(p);
}
}
static void* take(std::size_t size) noexcept { return malloc(size); }
static void give_back(void* p) noexcept { free(p); }
#endif

void* operator new(std::size_t size) {
  if (void* p = take(size == 0 ? 1 : size); p != nullptr) {
    return p;
  }
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return take(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return take(size == 0 ? 1 : size);
}
void operator delete(void* p) noexcept { give_back(p); }
void operator delete[](void* p) noexcept { give_back(p); }
// The analyzer sees a second `delete`. NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDelete)
void operator delete(void* p, std::size_t) noexcept { give_back(p); }
void operator delete[](void* p, std::size_t) noexcept { give_back(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { give_back(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { give_back(p); }

namespace wirejit::test {

struct Report {
  std::size_t calls = 0;     // with a failed allocation
  std::size_t survived = 0;  // calls that succeeded all the same
  std::vector<std::size_t> threw;
};

// Runs the call with its first, second, ... allocation failing, until it has fewer allocations. The
// call returns the code of its error, and destroys what it makes.
inline Report inject(const std::function<Errc()>& call, bool may_throw = false) {
  Report report;
  EXPECT_EQ(call(), Errc::ok) << "before any fault";
  Faults& f = Faults::get();
  bool repeated = false;
  for (long n = 0; n < 100000; ++n) {
    const long before = f.live;
    f.allowed = n;
    f.failed = false;
    f.armed = true;
    Errc code = Errc::ok;
    bool threw = false;
    try {
      code = call();
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    f.armed = false;
    const Faults after = f;
    // A block that a process allocates once, such as room for an exit handler, is no leak: one
    // difference is ignored if the next call has none.
    if (!std::exchange(repeated, !repeated && after.live != before) && after.live != before) {
      --n;
      continue;
    }
    EXPECT_EQ(after.live, before) << "blocks are lost when allocation " << n << " fails";
    if (!after.failed) {
      EXPECT_EQ(code, Errc::ok);
      break;
    }
    ++report.calls;
    if (threw) {
      report.threw.push_back(static_cast<std::size_t>(n));
    } else if (code == Errc::ok) {
      ++report.survived;
    } else {
      EXPECT_EQ(code, Errc::no_memory) << to_string(code) << " when allocation " << n << " fails";
    }
    if (testing::Test::HasFailure()) {
      break;
    }
  }
  EXPECT_EQ(call(), Errc::ok) << "after all faults";
  EXPECT_TRUE(may_throw || report.threw.empty())
      << "exceptions cross the API: " << testing::PrintToString(report.threw) << " of "
      << report.calls;
  return report;
}

// Checks that the call allocates: otherwise no allocation has failed.
inline void expect_faults(const Report& report, std::size_t more_than) {
  if (malloc_fails) {
    EXPECT_GT(report.calls, more_than);
  }
}

template <class T>
Errc code_of(const Result<T>& r) {
  return r ? Errc::ok : r.error().code();
}

}  // namespace wirejit::test
